export { cholesky, contributions } from './cholesky';
export { gramian, rotate } from './gramian';
export { entryLoss } from './loss-rows';
export { reserve } from './memory';
export { rankItems } from './rank-items';
export { conjugateGradient } from './solve-rows';
export { symmetricEigen } from './symmetric-eigen';
export { sortTopK } from './top-k-heap';

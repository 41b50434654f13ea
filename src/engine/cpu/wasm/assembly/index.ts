export { cholesky } from './cholesky';
export { gramian, rotate } from './gramian';
export { entryLoss } from './loss-rows';
export { scoreItems } from './score-items';
export { selectTopK } from './select-top-k';
export { conjugateGradient } from './solve-rows';
export { symmetricEigen } from './symmetric-eigen';

export { cholesky } from './cholesky';
export { gramian, rotate } from './gramian';
export { entryLoss, penalty } from './loss-rows';
export { inverseNorms, scoreItems } from './score-items';
export { selectTopK } from './select-top-k';
export { conjugateGradient } from './solve-rows';
export { symmetricEigen } from './symmetric-eigen';

import { cgSuite } from '../../../support/shaders/cg-suite.ts';
import { preconditionedCgSuite } from '../../../support/shaders/preconditioned-cg-suite.ts';

cgSuite('invocation');
preconditionedCgSuite('invocation');

import { cgSuite } from '../../../support/cg-suite.ts';
import { preconditionedCgSuite } from '../../../support/preconditioned-cg-suite.ts';

cgSuite('invocation');
preconditionedCgSuite('invocation');

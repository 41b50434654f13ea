import { expect, test } from 'vitest';
import { alsCgSubgroupLanes } from '../../../../src/shaders/solve/als-cg-subgroup.ts';
import { preconditionedCgSuite } from '../../../support/shaders/preconditioned-cg-suite.ts';
import { sharedGpu } from '../../../support/validated-gpu.ts';

// It needs subgroups; without them training takes another kernel. The Gramian is always a diagonal.
const { subgroupSize } = await sharedGpu();
if (subgroupSize > 0) preconditionedCgSuite('subgroup');

test('lanes of a row: as many as it has vectors and a subgroup has lanes, with four vectors each at most', () => {
  expect(alsCgSubgroupLanes({ subgroupSize: 0 }, 1)).toBeNull();
  expect(alsCgSubgroupLanes({ subgroupSize: 4 }, 1)).toEqual({ lanes: 1, lane_vectors: 1 });
  expect(alsCgSubgroupLanes({ subgroupSize: 4 }, 16)).toEqual({ lanes: 4, lane_vectors: 4 });
  expect(alsCgSubgroupLanes({ subgroupSize: 4 }, 17)).toBeNull();
  expect(alsCgSubgroupLanes({ subgroupSize: 32 }, 5)).toEqual({ lanes: 8, lane_vectors: 1 });
  expect(alsCgSubgroupLanes({ subgroupSize: 64 }, 64)).toEqual({ lanes: 32, lane_vectors: 2 });
});

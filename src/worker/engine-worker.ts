import { EngineService } from './engine-service.ts';

// A thin shell: coverage sees nothing that runs in here.
EngineService.offer(globalThis);

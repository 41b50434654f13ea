import { EngineService } from './engine-service.ts';

// This file only starts the service, because coverage cannot measure code in a worker.
EngineService.offer(globalThis);

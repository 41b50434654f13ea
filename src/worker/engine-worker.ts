import { expose } from 'comlink';
import { EngineService } from './engine-service.ts';

// A thin shell: coverage sees nothing that runs in here.
expose(new EngineService());

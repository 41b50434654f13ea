import { expose } from 'comlink';
import { EngineService } from './engine-service.ts';
import { keepErrorClasses } from './wire-errors.ts';

// A thin shell: coverage sees nothing that runs in here.
keepErrorClasses();
expose(new EngineService());

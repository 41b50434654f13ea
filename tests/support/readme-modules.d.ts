declare module 'virtual:readme/all.ts';

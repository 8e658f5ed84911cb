import { instances, instanceVariable, type Instance } from './instances.ts';

/** The instance that this process works on, read once; the bridge if none is named. */
export const instance: Instance = chosen(process.env[instanceVariable] ?? 'bridge');

/** The other instances, whose things are not this one's. */
export const otherInstances: readonly Instance[] = Object.values(instances).filter((one) => one !== instance);

function chosen(name: string): Instance {
  if (Object.hasOwn(instances, name)) return instances[name as keyof typeof instances];
  throw new Error(`${instanceVariable}=${name}: there are ${Object.keys(instances).join(', ')}`);
}

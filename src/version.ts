import packageJson from '../package.json' with { type: 'json' };

/** Version of this program, without a leading "v". */
export const version: string = packageJson.version;

import { Ajv2020 } from 'ajv/dist/2020.js';
import { reportSchema } from '../../scripts/report-schema.ts';
import type { Report } from '../../src/report/report.ts';

// A test of its own holds the published file to this text.
const schema = JSON.parse(reportSchema()) as Record<string, unknown>;
const validator = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const isReport = validator.compile<Report>(schema);

/** A report as it was printed; throws if it is not what the published schema promises. */
export function validReport(json: string): Report {
  const value: unknown = JSON.parse(json);
  if (isReport(value)) return value;
  throw new Error(`not as the schema says: ${validator.errorsText(isReport.errors)}`);
}

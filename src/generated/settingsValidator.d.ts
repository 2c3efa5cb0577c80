/** The validator of `Settings` in settings.yaml, which `npm run generate` writes. */
import type { ValidateFunction } from "ajv";

declare const validate: ValidateFunction;
export default validate;

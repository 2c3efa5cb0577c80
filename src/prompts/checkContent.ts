/** Checks a new version beyond the contract's schema: defaults of the right type, and no placeholder without a variable. */
import { GatewayError } from "../errors/gatewayError.js";
import { compilePrompt } from "./compiledPrompt.js";
import {
	type ContentInput,
	completeContent,
	isOfType,
	type PromptContent,
	type PromptVariable,
} from "./promptContent.js";

/**
 * Checks a new version's content and fills in what it leaves out.
 *
 * @throws GatewayError 400 that names the variable, or the placeholder and where it is
 */
export function checkContent(input: ContentInput): PromptContent {
	const content = completeContent(input);
	for (const [name, variable] of Object.entries(content.variables)) checkVariable(name, variable);
	const { places } = compilePrompt(content);
	for (const [name, place] of places) {
		if (Object.hasOwn(content.variables, name)) continue;
		throw new GatewayError(400, `'${place}' has the placeholder {{${name}}}, but there is no variable '${name}'.`, {
			code: "undeclared_variable",
			param: place,
		});
	}
	return content;
}

function checkVariable(name: string, variable: PromptVariable): void {
	if (variable.default === undefined) return;
	const param = `variables.${name}.default`;
	if (variable.required)
		throw new GatewayError(400, `'variables.${name}' is required, so it can't have a default.`, {
			code: "invalid_value",
			param,
		});
	if (!isOfType(variable.default, variable.type))
		throw new GatewayError(400, `Invalid type for '${param}': expected ${variable.type}.`, {
			code: "invalid_type",
			param,
		});
}

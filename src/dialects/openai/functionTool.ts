/** A tool as a function, in the form that other vendors have taken over from OpenAI. */
import type { Tool } from "../../chat/request.js";
import type { Json } from "../dialect.js";
import { type Dropped, dropVendors } from "../losses.js";
import { withoutUndefined } from "./members.js";

/** @returns undefined for a tool that only another dialect's vendor runs, whose name `dropped` gets */
export function writeFunctionTool(tool: Tool, dialect: string, dropped: Dropped<never>): Json | undefined {
	if (dropVendors(tool, dialect, dropped) === undefined) return undefined;
	const { name, description, parameters = {} } = tool;
	return { type: "function", function: withoutUndefined({ name, description, parameters }) };
}

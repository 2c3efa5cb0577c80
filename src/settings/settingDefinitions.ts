/** Every setting with its flag, environment variable and default, as settings.yaml describes it. */
import { settingsSchemas } from "./settingsSchemas.js";

export interface SettingDefinition {
	name: string;
	flag: string;
	environment: string;
	/** The variable of a default that an image or a package sets: the configuration file wins over it. */
	defaultEnvironment: string;
	type: "string" | "integer" | "boolean" | "array";
	description: string;
	default: unknown;
	/** The word for its value in help; empty for a switch. */
	placeholder: string;
	isSecret: boolean;
}

interface SettingSchema {
	type: SettingDefinition["type"];
	"x-unit"?: string;
	"x-placeholder"?: string;
	"x-secret"?: boolean;
	description?: string;
	default?: unknown;
}

let definitions: readonly SettingDefinition[] | undefined;

/** Every setting, in the order of settings.yaml. */
export function settingDefinitions(): readonly SettingDefinition[] {
	definitions ??= readDefinitions();
	return definitions;
}

function readDefinitions(): SettingDefinition[] {
	const schema = settingsSchemas().Settings as unknown as { properties: Record<string, SettingSchema> };
	return Object.entries(schema.properties).map(([name, property]) => {
		const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
		const variable = kebab.replaceAll("-", "_").toUpperCase();
		return {
			name,
			flag: kebab,
			environment: `LLMW_${variable}`,
			defaultEnvironment: `LLMW_DEFAULT_${variable}`,
			type: property.type,
			description: property.description ?? "",
			default: property.default,
			placeholder: placeholderOf(property),
			isSecret: property["x-secret"] === true,
		};
	});
}

function placeholderOf(schema: SettingSchema): string {
	if (schema.type === "boolean") return "";
	return schema["x-placeholder"] ?? schema["x-unit"]?.toUpperCase() ?? "N";
}

/** Settings that describe the one upstream of flags; a file has `upstreams` for it. */
export const upstreamSettings: readonly string[] = ["aihost", "aihostport", "aikey", "cacert", "insecure"];

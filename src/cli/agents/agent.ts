/** What is known of an agent: where it keeps its configuration, how it is pointed at a gateway, and what it reads there. */
import type { FormatName, Setting } from "../configText/configText.js";

/** The user's machine, as far as agents' configurations depend on it. */
export interface Machine {
	readonly home: string;
	readonly environment: NodeJS.ProcessEnv;
	exists(path: string): boolean;
	/** What a file holds; an empty object if there is no such file. @throws Problems that name the place */
	read(path: string, format: FormatName): Record<string, unknown>;
}

/** A model of the gateway, with what is known of it. */
export interface OfferedModel {
	readonly id: string;
	/** Tokens of prompt and answer together. */
	readonly context?: number | undefined;
	/** The longest answer, in tokens. */
	readonly output?: number | undefined;
	readonly tools?: boolean | undefined;
	readonly images?: boolean | undefined;
	readonly reasoning?: boolean | undefined;
}

/** What an agent is to be set up with. */
export interface Wanted {
	/** The gateway's address, without `/v1`. */
	readonly root: string;
	/** Undefined if the gateway needs none. */
	readonly key: string | undefined;
	readonly model: OfferedModel;
	/** For small tasks. */
	readonly small: OfferedModel;
	/** All that it may use, the chosen one first. */
	readonly models: readonly OfferedModel[];
}

export interface AgentFile {
	readonly path: string;
	readonly format: FormatName;
	readonly settings: readonly Setting[];
	/** Then it is for its user alone. */
	readonly holdsKey?: boolean;
}

export interface SetUp {
	readonly files: readonly AgentFile[];
	/** Which the user has to set, since there is no file for them. */
	readonly variables?: Readonly<Record<string, string>>;
	/** What else the user has to know. */
	readonly notes?: readonly string[];
}

/** Something that is wrong, or may be. */
export interface Finding {
	readonly check: string;
	readonly level: "ok" | "note" | "problem";
	readonly message: string;
}

/** How an agent is configured at the moment. */
export interface Found {
	/** As it is written; undefined if the agent isn't pointed at any gateway. */
	readonly baseUrl: string | undefined;
	/** Where that is written, for people. */
	readonly from: string;
	readonly key: string | undefined;
	/** Where the key is, or would have to be. */
	readonly keyFrom: string;
	readonly model: string | undefined;
	readonly findings: readonly Finding[];
}

/** Wire formats by which agents ask. */
export type AgentDialect = "messages" | "responses" | "gemini" | "chat";

/** What differs between the requests of agents with one wire format. */
export interface Habits {
	readonly usesTools?: boolean;
	/** Further members of its bodies. */
	readonly members?: object;
	readonly userAgent?: string;
}

export interface Agent {
	/** On the command line. */
	readonly name: string;
	readonly title: string;
	/** Its program, and the npm packages that bring it. */
	readonly program: string;
	readonly packages: readonly string[];
	readonly dialect: AgentDialect;
	/** Its base URL ends with `/v1`. */
	readonly isVersioned: boolean;
	/** It always says how long an answer may be, so that the contract's default doesn't matter. */
	readonly limitsAnswers: boolean;
	/** Names of models that suit it, best first; after them whatever can call tools. */
	readonly favours: readonly RegExp[];
	readonly start: string;
	/** How its requests differ from others' of its wire format. */
	readonly habits?: Habits;
	setUp(wanted: Wanted, machine: Machine): SetUp;
	find(machine: Machine): Found;
}

/** In place of a key where the gateway needs none, and the agent wants one all the same. */
export const noKey = "no-key";

/** The variable that holds the key for agents that take a name of ours. */
export const keyVariable = "LLMGW_KEY";

/** Names of coding models, for agents that have no vendor of their own. */
export const codingModels: readonly RegExp[] = [/coder|codestral|devstral|codex/i, /^(claude|gpt-[5-9]|gemini)/i];

export function textAt(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** Only members that are known. */
export function known<Members extends object>(
	members: Members,
): { [Name in keyof Members]: NonNullable<Members[Name]> } {
	const entries = Object.entries(members).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries) as { [Name in keyof Members]: NonNullable<Members[Name]> };
}

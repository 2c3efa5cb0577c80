/** The agents that `llmw connect` and `llmw doctor` know. */
import { Problems } from "../../errors/problem.js";
import type { Agent } from "./agent.js";
import { aider } from "./aider.js";
import { claudeCode } from "./claudeCode.js";
import { cline } from "./cline.js";
import { codex } from "./codex.js";
import { continueDev } from "./continueDev.js";
import { gemini } from "./gemini.js";
import { opencode } from "./opencode.js";
import { zed } from "./zed.js";

export const agents: readonly Agent[] = [claudeCode, codex, gemini, opencode, cline, continueDev, zed, aider];

/** @throws Problems */
export function agentNamed(name: string, where: string): Agent {
	const found = agents.find((agent) => agent.name === name);
	if (found !== undefined) return found;
	const names = agents.map((agent) => agent.name).join(", ");
	throw new Problems([{ where, message: `there is no agent ${JSON.stringify(name)}; it is one of ${names}` }]);
}

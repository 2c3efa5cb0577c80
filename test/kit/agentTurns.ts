/** Sessions of coding agents, turn by turn, of the shape that their requests were recorded in: each sends its whole history. */

type Json = Record<string, unknown>;

export interface AgentTurn {
	readonly path: string;
	readonly headers: Record<string, string>;
	readonly body: Json;
}

export const agentNames = ["claude", "codex", "opencode", "gemini"] as const;
export type AgentName = (typeof agentNames)[number];

const words = (seed: string, count: number) =>
	Array.from({ length: count }, (_none, at) => `${seed}${at % 97}`).join(" ");
const toolNames = ["exec_command", "read_file", "write_file", "search", "web_fetch", "todo"];
const schemaOf = (name: string) => ({
	type: "object",
	properties: { cmd: { type: "string", description: words(name, 20) }, timeout: { type: "integer" } },
	required: ["cmd"],
	additionalProperties: false,
});
const mark = { cache_control: { type: "ephemeral" } };
const resultOf = (turn: number) => words(`out${turn}_`, 60);

/** @param turn from 0. @param model that is asked for */
export function agentTurn(agent: AgentName, session: string, turn: number, model: string): AgentTurn {
	return agents[agent](session, turn, model);
}

const agents: Readonly<Record<AgentName, (session: string, turn: number, model: string) => AgentTurn>> = {
	claude: (session, turn, model) => ({
		path: "/v1/messages?beta=true",
		headers: {
			"anthropic-version": "2023-06-01",
			"user-agent": "claude-cli/2.1.197 (external, sdk-cli)",
			"x-claude-code-session-id": session,
		},
		body: {
			model,
			max_tokens: 32_000,
			system: [
				{ type: "text", text: "x-anthropic-billing-header: cc_version=2.1.197;" },
				{ type: "text", text: "You are an agent.", ...mark },
				{ type: "text", text: words(`rule-${session}-`, 900), ...mark },
			],
			tools: toolNames.map((name) => ({
				name,
				description: words(`${name}-${session}-`, 80),
				input_schema: schemaOf(name),
			})),
			messages: claudeMessages(session, turn),
			metadata: { user_id: JSON.stringify({ device_id: "d", session_id: session }) },
			thinking: { type: "enabled", budget_tokens: 31_999 },
			context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
			stream: true,
		},
	}),
	codex: (session, turn, model) => ({
		path: "/v1/responses",
		headers: {
			"user-agent": "codex_exec/0.171.0",
			originator: "codex_exec",
			"session-id": session,
			"thread-id": session,
		},
		body: {
			model,
			stream: true,
			input: codexItems(session, turn),
			tools: toolNames.map((name) => ({
				type: "function",
				name,
				description: words(`${name}-${session}-`, 80),
				strict: false,
				parameters: schemaOf(name),
			})),
			tool_choice: "auto",
			parallel_tool_calls: true,
			reasoning: { summary: "auto" },
			store: false,
			include: ["reasoning.encrypted_content"],
			prompt_cache_key: session,
		},
	}),
	opencode: (session, turn, model) => ({
		path: "/v1/chat/completions",
		headers: { "user-agent": "opencode/1.18.33", "x-session-id": session, "x-session-affinity": session },
		body: {
			model,
			max_tokens: 8192,
			messages: [
				{ role: "system", content: words(`rule-${session}-`, 900) },
				{ role: "user", content: `TASK ${session}` },
				...each(turn, (at) => [
					{ role: "assistant", content: "I look.", tool_calls: [call(session, at)] },
					{ role: "tool", tool_call_id: `call_${session}_${at}`, content: resultOf(at) },
				]),
			],
			tools: toolNames.map((name) => ({
				type: "function",
				function: { name, description: words(`${name}-${session}-`, 80), parameters: schemaOf(name) },
			})),
			tool_choice: "auto",
			stream: true,
			stream_options: { include_usage: true },
		},
	}),
	gemini: (session, turn, model) => ({
		path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
		headers: { "user-agent": "GeminiCLI-tui/0.61.0/gemini (linux)" },
		body: {
			systemInstruction: { role: "user", parts: [{ text: words(`rule-${session}-`, 900) }] },
			tools: [
				{
					functionDeclarations: toolNames.map((name) => ({
						name,
						description: words(`${name}-${session}-`, 80),
						parametersJsonSchema: schemaOf(name),
					})),
				},
			],
			contents: [
				{ role: "user", parts: [{ text: `TASK ${session}` }] },
				...each(turn, (at) => [
					{
						role: "model",
						parts: [
							{ functionCall: { id: `call_${session}_${at}`, name: "exec_command", args: { cmd: `make-${at}` } } },
						],
					},
					{
						role: "user",
						parts: [
							{
								functionResponse: {
									id: `call_${session}_${at}`,
									name: "exec_command",
									response: { output: resultOf(at) },
								},
							},
						],
					},
				]),
			],
			generationConfig: { temperature: 1, topP: 0.95, topK: 64 },
		},
	}),
};

function each(turn: number, messagesOf: (at: number) => Json[]): Json[] {
	return Array.from({ length: turn }, (_none, at) => messagesOf(at)).flat();
}

function call(session: string, at: number): Json {
	return {
		id: `call_${session}_${at}`,
		type: "function",
		function: { name: "exec_command", arguments: JSON.stringify({ cmd: `make-${at}` }) },
	};
}

/** The breakpoint stands on the last block of the last message, and moves with each turn. */
function claudeMessages(session: string, turn: number): Json[] {
	const task = [
		{ type: "text", text: "<system-reminder>Be careful.</system-reminder>" },
		{ type: "text", text: `TASK ${session}`, ...(turn === 0 ? mark : {}) },
	];
	return [
		{ role: "user", content: task },
		...each(turn, (at) => [
			{
				role: "assistant",
				content: [
					{ type: "thinking", thinking: `About turn ${at}`, signature: Buffer.from(`signed-${at}`).toString("base64") },
					{ type: "text", text: "I look." },
					{ type: "tool_use", id: `toolu_${session}_${at}`, name: "exec_command", input: { cmd: `make-${at}` } },
				],
			},
			{
				role: "user",
				content: [
					{
						type: "tool_result",
						tool_use_id: `toolu_${session}_${at}`,
						content: resultOf(at),
						is_error: false,
						...(at === turn - 1 ? mark : {}),
					},
				],
			},
		]),
	];
}

function codexItems(session: string, turn: number): Json[] {
	const text = (role: string, id: string, content: string) => ({
		type: "message",
		id: `msg_${session}_${id}`,
		role,
		content: [{ type: "input_text", text: content }],
	});
	return [
		text("developer", "dev", words(`rule-${session}-`, 900)),
		text("user", "env", "<environment_context><cwd>/src</cwd></environment_context>"),
		text("user", "task", `TASK ${session}`),
		...each(turn, (at) => [
			{
				type: "reasoning",
				id: `rs_${session}_${at}`,
				summary: [{ type: "summary_text", text: `About turn ${at}` }],
				content: null,
				encrypted_content: Buffer.from(`sealed-${at}`).toString("base64"),
			},
			{
				type: "function_call",
				status: "completed",
				id: `fc_${session}_${at}`,
				name: "exec_command",
				arguments: JSON.stringify({ cmd: `make-${at}` }),
				call_id: `call_${session}_${at}`,
			},
			{
				type: "function_call_output",
				id: `fco_${session}_${at}`,
				call_id: `call_${session}_${at}`,
				output: resultOf(at),
			},
		]),
	];
}

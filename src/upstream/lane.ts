/** Whether a client's bytes go to an upstream as they came, or are translated into the dialect that it speaks. */
import type { ModelFacts } from "../catalogue/modelFacts.js";
import { withBreakpoints } from "../chat/breakpoints.js";
import { templateInstructions } from "../chat/instructions.js";
import type { ChatRequest, Part, Tool } from "../chat/request.js";
import { type ChatResponse, eventsOf } from "../chat/response.js";
import { answerWithSignedIds, withSignatures } from "../chat/signedIds.js";
import { withoutFiles } from "../chat/storedFiles.js";
import { foldPart, type KnownTools } from "../chat/tools/folding.js";
import { isVendors, unfoldTools } from "../chat/tools/unfolding.js";
import type {
	Dialect,
	Json,
	OutboundTranslation,
	StreamWriter,
	Translation,
	WriteContext,
} from "../dialects/dialect.js";
import { WrittenBody, type WrittenPart } from "../dialects/pieces.js";
import { openSealed, sealed } from "../dialects/sealedReasoning.js";
import type { Seals } from "../dialects/seals.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { BodyBytes } from "../json/bodyBytes.js";
import { parseObject } from "../json/parseObject.js";
import type { Carriage } from "../providers/carriage.js";
import { dialectsFor, type Front, type Provider } from "../providers/provider.js";
import { sseBytes } from "../streaming/eventFraming.js";
import { answerLimit, type PromptLength } from "./answerLimit.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { AnswerWriter } from "./answerWriter.js";
import { ClientForm } from "./clientForm.js";
import { dataTranslatorFor } from "./dataKinds.js";
import { askingReasoning } from "./reasoningModels.js";
import { errorBodyFor, type FallbackError, type Refusal } from "./translatedError.js";
import { notAnAnswer } from "./upstreamFailure.js";

/** The way of one attempt. */
export interface Lane {
	/** The upstream's dialect; undefined if unknown. */
	readonly dialect: Dialect | undefined;
	/** Undefined for the pass-through lane. */
	readonly translator: AnswerTranslator | undefined;
	/** Gets the names of what of the request the upstream does not take. */
	readonly dropped: Set<string>;
	/** Its refusals may be in other words than the dialect's. Only in the pass-through lane. */
	readonly front?: Front | undefined;
}

/** A lane to one target, whose upstream is asked at this path. */
export interface TargetLane extends Lane {
	readonly path: string;
	/** Undefined where the upstream takes the dialect as it is. */
	readonly carriage?: Carriage | undefined;
	/** What is sent, where that had to be known beforehand. */
	readonly body?: BodyBytes | undefined;
}

/** The parts of the client's request that both lanes need. */
export interface LaneRequest {
	/** The client's dialect. */
	readonly dialect: Dialect | undefined;
	readonly json: Json | undefined;
	readonly requestId: string;
	/** When it came, in milliseconds on the monotonic clock. */
	readonly receivedMs?: number | undefined;
	/** Keep reasoning for whoever gives it back. */
	readonly seals: Seals;
	/** About how many tokens the prompt has. */
	promptTokens?(): number;
	/** Of the prompt: a bound of its tokens that costs nothing. */
	readonly mostTokens?: number;
	/** As the target names it. */
	readonly model?: string | undefined;
	/** What is known of the target's model. */
	readonly known?: ModelFacts;
	/** Whether it reasons, as the configuration says. */
	readonly reasons?: boolean | undefined;
	/** How long the upstream's cache is to keep the prompt, where the route gives requests hints about that. */
	readonly cacheTtl?: "5m" | "1h" | undefined;
}

/** The dialect in which a request is sent as it is, where the upstream speaks one; else the one out of which it is translated. */
export function formOf(dialect: Dialect, json: Json | undefined, spoken: readonly Dialect[]): Dialect {
	const forms = json === undefined ? undefined : dialect.forms?.(json);
	return forms?.find((form) => spoken.includes(form)) ?? forms?.[0] ?? dialect;
}

/** @returns undefined where the upstream speaks nothing that the request could be translated into */
export function laneTo(provider: Provider, request: LaneRequest): Lane | undefined {
	const { dialect: client, json, model } = request;
	const dialects = dialectsFor(provider, model);
	if (client === undefined || json === undefined || dialects.includes(client)) return passing(client);
	const data = dataTranslatorFor(client, dialects, { ...request, json });
	if (data !== undefined) return { ...data, dropped: data.translator.dropped };
	if (client.translation === undefined) return undefined;
	const upstream = dialects.find((dialect) => outboundOf(dialect) !== undefined && dialect.readWhole !== undefined);
	if (upstream === undefined) return undefined;
	const translator = new Translator(client, upstream, request, provider);
	return { dialect: upstream, translator, dropped: translator.dropped };
}

function outboundOf({ translation, outbound }: Dialect): OutboundTranslation | undefined {
	return translation ?? outbound;
}

/** The pass-through lane. */
export function passing(dialect: Dialect | undefined): Lane {
	return { dialect, translator: undefined, dropped: new Set() };
}

/** Of conversations. */
export class Translator implements AnswerTranslator {
	readonly dropped = new Set<string>();
	/** As the client has said it. */
	readonly request: ChatRequest;
	/** Of the whole answer that was translated last: its token counts, as the upstream's dialect gives them, and its model. */
	read: Pick<ChatResponse, "usage" | "model"> | undefined;
	/** As the upstream takes it. */
	readonly #sent: ChatRequest;
	readonly #client: Dialect;
	readonly #upstream: Dialect;
	readonly #from: Translation;
	readonly #to: OutboundTranslation;
	readonly #readWhole: NonNullable<Dialect["readWhole"]>;
	readonly #context: WriteContext;
	readonly #known: KnownTools | undefined;
	readonly #seals: Seals;
	readonly #modelFacts: ModelFacts;
	readonly #reasons: boolean | undefined;
	readonly #prompt: PromptLength;
	readonly #cacheTtl: "5m" | "1h" | undefined;

	/** @throws GatewayError 400 for a request that can't be understood, or demands a tool that the upstream can't have */
	constructor(
		client: Dialect,
		upstream: Dialect,
		{
			json,
			requestId,
			receivedMs,
			seals,
			known: modelFacts = {},
			reasons,
			promptTokens,
			mostTokens = Number.POSITIVE_INFINITY,
			cacheTtl,
		}: LaneRequest,
		provider: Provider,
	) {
		this.#client = client;
		this.#upstream = upstream;
		this.#from = client.translation as Translation;
		this.#to = outboundOf(upstream) as OutboundTranslation;
		this.#readWhole = upstream.readWhole as NonNullable<Dialect["readWhole"]>;
		this.#seals = seals;
		this.#modelFacts = modelFacts;
		this.#cacheTtl = cacheTtl;
		this.#reasons = reasons;
		this.#prompt = { mostTokens, tokens: () => promptTokens?.() ?? 0 };
		this.#from.refuseForOthers?.(json as Json);
		this.request = withSignatures(this.#from.readRequest(json as Json));
		refuseVendorsTools(this.request, upstream);
		const { request, known } = unfoldTools(this.request, this.#to.tools ?? {});
		this.#known = known;
		const takesPlain = this.#to.takesPlainReasoning === true && provider.refusesReasoning !== true;
		const taker = { dialect: upstream.name, takesPlain, seals, refusal: client.sealRefusal ?? invalidSeal };
		const opened = openSealed(request.messages, taker, this.dropped);
		const shown = client.vendor === upstream.vendor ? opened : withoutFiles(opened, this.dropped);
		const isTemplated = this.#to.isTemplated === true && provider.takesInstructions !== true;
		const messages = isTemplated ? templateInstructions(shown) : shown;
		this.#sent = { ...request, messages, wantsUsage: true };
		this.#context = {
			requestId,
			created: Math.floor(Date.now() / 1000),
			receivedMs,
			model: this.request.model,
			wantsUsage: this.request.wantsUsage,
			request: this.request,
			...(promptTokens === undefined ? {} : { promptTokens }),
		};
	}

	body(model: string | undefined): Json {
		const listed = this.#modelFacts.reasoning;
		const target = {
			reasons: this.#reasons,
			listed,
			model: model ?? this.request.model,
			dialect: this.#upstream.name,
		};
		const asked = askingReasoning(this.#sent, target, this.dropped);
		const usual = this.#to.usualLimit?.(target.model);
		const maxOutputTokens = answerLimit(asked.maxOutputTokens, usual, this.#modelFacts, this.#prompt);
		const marked = this.#marked(asked, target.model);
		return this.#to.writeRequest({ ...marked, model: target.model, maxOutputTokens }, this.dropped);
	}

	/** With breakpoints, where the upstream's cache keeps nothing else, and the route sets them. */
	#marked(asked: ChatRequest, model: string | undefined): ChatRequest {
		if (this.#cacheTtl === undefined || this.#upstream.needsCacheMarks !== true) return asked;
		return withBreakpoints(asked, this.#cacheTtl, this.#to.takesCacheMarks?.(model ?? "") ?? everywhere);
	}

	form(): ClientForm {
		return new ClientForm(this.#upstream.name, this.#known, this.#seals);
	}

	writer(): { stream: StreamWriter; end: Buffer; comment: Buffer | undefined } {
		const stream = new AnswerWriter(this.#from.writer(this.#context), this.form());
		return { stream, end: this.#client.stream?.end ?? Buffer.alloc(0), comment: this.#client.comment };
	}

	answer(body: Buffer): WrittenPart {
		return new WrittenBody(this.#from.writeResponse(this.#read(body), this.#context));
	}

	answerAsStream(body: Buffer): Buffer {
		const written = this.#from.writer(this.#context);
		const events = [...written.write(eventsOf(this.#read(body))), ...written.end()];
		const end = this.#client.stream?.end ?? Buffer.alloc(0);
		return Buffer.concat([...events.map(({ name, json }) => sseBytes(JSON.stringify(json), name)), end]);
	}

	errorBody(refusal: Refusal, fallback: FallbackError): Buffer {
		return errorBodyFor(this.#client, this.#upstream.errors, refusal, {
			...fallback,
			requestId: this.#context.requestId,
		});
	}

	get headers(): Readonly<Record<string, string>> {
		return this.#client.errors.headers?.(this.#context.requestId) ?? {};
	}

	errorEvent(error: GatewayError, writer: StreamWriter | undefined): Buffer {
		const written = writer?.fail?.(error);
		if (written === undefined) return this.#client.errors.event(error, this.#context.requestId);
		return Buffer.concat(written.map(({ name, json }) => sseBytes(JSON.stringify(json), name)));
	}

	/** With calls and reasoning as the client gets them. */
	#read(body: Buffer): ChatResponse {
		const json = parseObject(body.toString());
		if (json === undefined)
			throw new GatewayError(502, "The upstream's answer is no JSON object.", { code: "upstream_invalid" });
		const response = this.#readWhole(json);
		if (saysNothing(response)) throw notAnAnswer(undefined);
		this.read = response;
		const known = this.#known;
		const forClient = (part: Part) => {
			if (part.type === "reasoning") return sealed(part, this.#upstream.name, this.#seals);
			return known === undefined ? part : foldPart(part, known);
		};
		const choices = response.choices.map((choice) => ({ ...choice, parts: choice.parts.map(forClient) }));
		return answerWithSignedIds({ ...response, choices });
	}
}

const invalidSeal = "The reasoning of an earlier answer was changed, or not sealed by this gateway.";

const everywhere = { tools: true, prompt: true };

/** Neither text, nor call, nor an end: whatever this was, it is no answer. */
function saysNothing({ choices }: ChatResponse): boolean {
	return choices.every(({ parts, finish }) => parts.length === 0 && finish === undefined);
}

/** What a client demands may not be left out in silence. */
function refuseVendorsTools({ tools, toolChoice }: ChatRequest, { name: dialect }: Dialect): void {
	if (toolChoice?.type !== "tool" && toolChoice?.type !== "required") return;
	const isLost = (tool: Tool) => isVendors(tool) && tool.opaque?.dialect !== dialect;
	const demanded = toolChoice.type === "tool" ? tools.filter(({ name }) => name === toolChoice.name) : tools;
	if (demanded.length === 0 || !demanded.every(isLost)) return;
	const [{ name }] = demanded as [Tool, ...Tool[]];
	const message = `'tool_choice' demands the tool '${name}', which its vendor runs and this upstream does not have: leave the choice to the model, or offer a tool of your own.`;
	throw new GatewayError(400, message, { code: "unsupported_by_upstream", param: "tool_choice" });
}

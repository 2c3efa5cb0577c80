/** Whether a client's bytes go to an upstream as they came, or are translated into the dialect that it speaks. */
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
import { openSealed, sealed } from "../dialects/sealedReasoning.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { Provider } from "../providers/provider.js";
import { sseBytes } from "../streaming/eventFraming.js";
import type { AnswerTranslator } from "./answerTranslator.js";
import { AnswerWriter } from "./answerWriter.js";
import { ClientForm } from "./clientForm.js";
import { type EmbeddingDialect, EmbeddingTranslator } from "./embeddingTranslator.js";
import { askingReasoning } from "./reasoningModels.js";
import { errorBodyFor, type FallbackError, type Refusal } from "./translatedError.js";

/** The way of one attempt. */
export interface Lane {
	/** The upstream's dialect; undefined if unknown. */
	readonly dialect: Dialect | undefined;
	/** Undefined for the pass-through lane. */
	readonly translator: AnswerTranslator | undefined;
	/** Gets the names of what of the request the upstream does not take. */
	readonly dropped: Set<string>;
}

/** A lane to one target, whose upstream is asked at this path. */
export interface TargetLane extends Lane {
	readonly path: string;
}

/** The parts of the client's request that both lanes need. */
export interface LaneRequest {
	/** The client's dialect. */
	readonly dialect: Dialect | undefined;
	readonly json: Json | undefined;
	readonly requestId: string;
	/** About how many tokens the prompt has. */
	promptTokens?(): number;
	/** The target's capability; undefined if unknown. */
	readonly reasons?: boolean | undefined;
}

/** @returns undefined where the upstream speaks nothing that the request could be translated into */
export function laneTo(provider: Provider, request: LaneRequest): Lane | undefined {
	const { dialect: client, json } = request;
	if (client === undefined || json === undefined || provider.dialects.includes(client)) return passing(client);
	if (client.embeddings !== undefined) {
		const vectors = provider.dialects.find((dialect): dialect is EmbeddingDialect => dialect.embeddings !== undefined);
		if (vectors === undefined) return undefined;
		const translator = new EmbeddingTranslator(client as EmbeddingDialect, vectors, json, request.requestId);
		return { dialect: vectors, translator, dropped: translator.dropped };
	}
	if (client.translation === undefined) return undefined;
	const upstream = provider.dialects.find(
		(dialect) => outboundOf(dialect) !== undefined && dialect.readWhole !== undefined,
	);
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
	readonly #reasons: boolean | undefined;

	/** @throws GatewayError 400 for a request that can't be understood, or demands a tool that the upstream can't have */
	constructor(
		client: Dialect,
		upstream: Dialect,
		{ json, requestId, reasons, promptTokens }: LaneRequest,
		provider: Provider,
	) {
		this.#client = client;
		this.#upstream = upstream;
		this.#from = client.translation as Translation;
		this.#to = outboundOf(upstream) as OutboundTranslation;
		this.#readWhole = upstream.readWhole as NonNullable<Dialect["readWhole"]>;
		this.#reasons = reasons;
		this.#from.refuseForOthers?.(json as Json);
		this.request = withSignatures(this.#from.readRequest(json as Json));
		refuseVendorsTools(this.request, upstream);
		const { request, known } = unfoldTools(this.request, this.#to.tools ?? {});
		this.#known = known;
		const takesPlain = this.#to.takesPlainReasoning === true && provider.refusesReasoning !== true;
		const opened = openSealed(request.messages, { dialect: upstream.name, takesPlain }, this.dropped);
		const shown = client.vendor === upstream.vendor ? opened : withoutFiles(opened, this.dropped);
		const isTemplated = this.#to.isTemplated === true && provider.takesInstructions !== true;
		const messages = isTemplated ? templateInstructions(shown) : shown;
		this.#sent = { ...request, messages, wantsUsage: true };
		this.#context = {
			requestId,
			created: Math.floor(Date.now() / 1000),
			model: this.request.model,
			wantsUsage: this.request.wantsUsage,
			request: this.request,
			...(promptTokens === undefined ? {} : { promptTokens }),
		};
	}

	body(model: string | undefined): Json {
		const target = { reasons: this.#reasons, model: model ?? this.request.model, dialect: this.#upstream.name };
		const asked = askingReasoning(this.#sent, target, this.dropped);
		return this.#to.writeRequest({ ...asked, model: target.model }, this.dropped);
	}

	form(): ClientForm {
		return new ClientForm(this.#upstream.name, this.#known);
	}

	writer(): { stream: StreamWriter; end: Buffer; comment: Buffer | undefined } {
		const stream = new AnswerWriter(this.#from.writer(this.#context), this.form());
		return { stream, end: this.#client.stream?.end ?? Buffer.alloc(0), comment: this.#client.comment };
	}

	answer(body: Buffer): Buffer {
		return Buffer.from(JSON.stringify(this.#from.writeResponse(this.#read(body), this.#context)));
	}

	answerAsStream(body: Buffer): Buffer {
		const written = this.#from.writer(this.#context);
		const events = [...written.write(eventsOf(this.#read(body))), ...written.end()];
		const end = this.#client.stream?.end ?? Buffer.alloc(0);
		return Buffer.concat([...events.map(({ name, json }) => sseBytes(JSON.stringify(json), name)), end]);
	}

	errorBody(refusal: Refusal, fallback: FallbackError): Buffer {
		return errorBodyFor(this.#client, this.#upstream, refusal, { ...fallback, requestId: this.#context.requestId });
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
		this.read = response;
		const known = this.#known;
		const forClient = (part: Part) => {
			if (part.type === "reasoning") return sealed(part, this.#upstream.name);
			return known === undefined ? part : foldPart(part, known);
		};
		const choices = response.choices.map((choice) => ({ ...choice, parts: choice.parts.map(forClient) }));
		return answerWithSignedIds({ ...response, choices });
	}
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

/** What one call learns from refusals. It is remembered for others once the target has taken the request without it. */
import type { BodyBytes } from "../../json/bodyBytes.js";
import type { IncomingHeaders } from "../headers.js";
import { bodyWithout, headersWithout, isThere } from "./leaveOut.js";
import { canBeLearned, type Lesson, lessonOf, type Refused } from "./lesson.js";
import { findPlace, membersAt } from "./places.js";
import { type Complaint, readRefusal } from "./readRefusal.js";
import type { Lessons } from "./worker.js";

/** A model of an upstream, as the upstream names it. */
export interface ModelAt {
	readonly upstream: string;
	readonly model: string;
}

/** A request as a target was sent it. */
export interface SentRequest {
	readonly json: unknown;
	readonly headers: IncomingHeaders;
}

/** A value longer than this stands for any. */
const maxValueLength = 64;

export class Learning {
	readonly #lessons: Lessons;
	readonly #forMs: number;
	readonly #unproven: { readonly at: ModelAt; readonly refused: Refused }[] = [];

	/** @param forMs how long a lesson holds */
	constructor(lessons: Lessons, forMs: number) {
		this.#lessons = lessons;
		this.#forMs = forMs;
	}

	body(body: BodyBytes, at: ModelAt, dropped: Set<string>): BodyBytes {
		const refused = this.#of(at);
		return refused.length === 0 ? body : bodyWithout(body, refused, dropped);
	}

	headers(headers: IncomingHeaders, at: ModelAt, dropped: Set<string>): IncomingHeaders {
		return headersWithout(headers, this.#of(at), dropped);
	}

	/**
	 * @param sent reads what was sent, which is only done for a refusal that names something
	 * @returns whether the refusal names something that can be left out
	 */
	learn(refusal: Buffer, at: ModelAt, sent: () => SentRequest): boolean {
		const complaints = readRefusal(refusal);
		if (complaints.length === 0) return false;
		const request = sent();
		const learned = complaints
			.flatMap((complaint) => refusedBy(complaint, request.json))
			.filter((refused) => canBeLearned(refused, at.model) && isThere(refused, request.json, request.headers));
		for (const refused of learned) this.#unproven.push({ at, refused });
		return learned.length > 0;
	}

	/** The target has taken a request. */
	prove({ upstream, model }: ModelAt): void {
		for (const { at, refused } of this.#unproven.splice(0))
			if (at.upstream === upstream && at.model === model)
				this.#lessons.add(lessonOf(refused, at, Date.now(), this.#forMs));
	}

	#of({ upstream, model }: ModelAt): readonly Refused[] {
		const known: readonly Lesson[] = this.#lessons.of(upstream, model);
		if (this.#unproven.length === 0) return known;
		const own = this.#unproven.filter(({ at }) => at.upstream === upstream && at.model === model);
		return [...known, ...own.map(({ refused }) => refused)];
	}
}

function refusedBy(complaint: Complaint, json: unknown): Refused[] {
	if (complaint.kind === "beta") return [complaint];
	const place = findPlace(json, complaint.segments);
	if (place === undefined) return [];
	const name = place.join(".");
	return [{ kind: "member", name, ...(complaint.isOfValue ? refusedValue(json, name) : {}) }];
}

/** A word, or a switch; numbers are refused by the thousand. */
function refusedValue(json: unknown, name: string): Pick<Refused, "value"> {
	const [value] = membersAt(json, name).map((found) => found.value);
	const isWord = typeof value === "string" && value.length <= maxValueLength;
	return isWord || typeof value === "boolean" ? { value } : {};
}

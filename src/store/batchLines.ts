/** The lines of batches, with their answers or without: read a page at a time. */
import type { Kysely } from "kysely";
import type { AnsweredLine, BatchLine } from "./batchTypes.js";
import type { Tables } from "./tables.js";

/** @returns lines without an answer */
export async function openLinesIn(
	db: Kysely<Tables>,
	sequence: number,
	after: number,
	limit: number,
): Promise<BatchLine[]> {
	const rows = await db
		.selectFrom("batch_line")
		.select(["number", "custom_id", "request"])
		.where("batch", "=", sequence)
		.where("number", ">", after)
		.where((eb) =>
			eb.not(
				eb.exists(
					eb
						.selectFrom("batch_answer")
						.select("batch_answer.number")
						.whereRef("batch_answer.batch", "=", "batch_line.batch")
						.whereRef("batch_answer.number", "=", "batch_line.number"),
				),
			),
		)
		.orderBy("number")
		.limit(limit)
		.execute();
	return rows.map((row) => ({
		...{ number: Number(row.number), customId: JSON.parse(row.custom_id), request: row.request },
	}));
}

export async function answersIn(
	db: Kysely<Tables>,
	sequence: number,
	after: number,
	limit: number,
): Promise<AnsweredLine[]> {
	const rows = await db
		.selectFrom("batch_line")
		.leftJoin("batch_answer", (join) =>
			join.onRef("batch_answer.batch", "=", "batch_line.batch").onRef("batch_answer.number", "=", "batch_line.number"),
		)
		.select(["batch_line.number", "custom_id", "is_failed", "status", "request_id", "body"])
		.where("batch_line.batch", "=", sequence)
		.where("batch_line.number", ">", after)
		.orderBy("batch_line.number")
		.limit(limit)
		.execute();
	return rows.map(({ number, custom_id, is_failed, status, request_id, body }) => ({
		number: Number(number),
		customId: JSON.parse(custom_id),
		answer:
			body === null || status === null || request_id === null
				? undefined
				: { isFailed: is_failed === 1, status, requestId: request_id, body },
	}));
}

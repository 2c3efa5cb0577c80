/** An answer of the lab's that comes whole. */
export interface LabAnswer {
	readonly status: number;
	readonly type: string;
	readonly body: string;
}

export function jsonAnswer(value: object, status = 200): LabAnswer {
	return { status, type: "application/json", body: JSON.stringify(value) };
}

/** Findings as people read them. */
import { table } from "../commands/table.js";
import type { Finding } from "./agent.js";

const words = { ok: "ok", note: "note", problem: "PROBLEM" } as const;

export function findingsTable(findings: readonly Finding[]): string {
	return table(findings.map(({ check, level, message }) => [words[level], check, message]));
}

export function hasProblem(findings: readonly Finding[]): boolean {
	return findings.some(({ level }) => level === "problem");
}

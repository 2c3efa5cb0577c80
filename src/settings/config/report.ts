/** Problems of a configuration file, gathered while it is read. */
import type { Problem } from "../../errors/problem.js";
import type { LocatedYaml, Path, Position } from "./locatedYaml.js";
import { describePath, pointerOf } from "./path.js";

export interface Report {
	/** @param isKey it is about the name there, not about its value */
	add(path: Path, message: string, isKey?: boolean): void;
	/** Whether something is wrong at this path, or around it. */
	isWrong(path: Path): boolean;
	/** `llmw.yaml:3:11: bindport` */
	where(path: Path): string;
	/** Each once, in the order of the file. */
	problems(): Problem[];
}

export function createReport(file: string, yaml: LocatedYaml): Report {
	const found = new Map<string, Problem & { position: Position }>();
	const wrong = new Set<string>();
	const place = ({ line, column }: Position) => `${file}:${line}:${column}`;
	const whereOf = (position: Position, path: Path) =>
		path.length === 0 ? place(position) : `${place(position)}: ${describePath(path)}`;
	const add = (position: Position, path: Path, message: string) => {
		const where = whereOf(position, path);
		found.set(`${where}: ${message}`, { where, message, position });
	};
	for (const { position, message } of yaml.problems) add(position, [], message);
	return {
		add(path, message, isKey = false) {
			wrong.add(pointerOf(path));
			add(isKey ? yaml.positionOfKey(path) : yaml.positionOf(path), path, message);
		},
		isWrong: (path) => path.some((_step, index) => wrong.has(pointerOf(path.slice(0, index + 1)))),
		where: (path) => whereOf(yaml.positionOf(path), path),
		problems: () =>
			[...found.values()]
				.sort((one, other) => inOrder(one.position, other.position))
				.map(({ where, message }) => ({ where, message })),
	};
}

function inOrder(one: Position, other: Position): number {
	return one.line - other.line || one.column - other.column;
}

/** What pages lead to is there: files, and headings within them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (page: string) => readFileSync(join(root, page), "utf8");
const pagesIn = (folder: string) =>
	readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".md"))
		.map((name) => join(folder, name));
const pages = [
	...readdirSync(root).filter((name) => name.endsWith(".md")),
	...["docs", "bench", "src"].flatMap(pagesIn),
];

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
	return heading
		.toLowerCase()
		.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
		.replace(/[^\p{L}\p{N}\s_-]/gu, "")
		.trim()
		.replaceAll(" ", "-");
}

function anchorsOf(page: string): string[] {
	const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, "");
	return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

test.each(pages)("each link of %s leads somewhere", (page) => {
	const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
	const broken = links.filter((link) => {
		const [path = "", anchor] = link.split("#");
		const target = path === "" ? page : join(dirname(page), path);
		if (!existsSync(join(root, target))) return true;
		return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
	});
	expect(broken).toEqual([]);
});

test.each(pages.filter((page) => page.startsWith("src")))("%s names files that are there", (page) => {
	const names = [...read(page).matchAll(/`([\w/]+\.ts)`/g)].map(([, name = ""]) => name);
	const isThere = (name: string) => existsSync(join(root, name)) || existsSync(join(root, dirname(page), name));
	expect(names.filter((name) => !isThere(name))).toEqual([]);
});

test("ARCHITECTURE.md names files and folders that are there", () => {
	const names = [...read("ARCHITECTURE.md").matchAll(/`(src\/[\w/.]+)`/g)].map(([, name = ""]) => name);
	expect(names.filter((name) => !existsSync(join(root, name.replace("NAME", ""))) && !name.includes("NAME"))).toEqual(
		[],
	);
});

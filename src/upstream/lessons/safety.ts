/**
 * Which members of a request may be left out because an upstream refuses them: whatever the request means the same without.
 * What is asked, the form and length of the answer, tools, and what keeps somebody safe stay, and their refusal is the client's.
 */
import { isObject } from "../../json/isObject.js";
import type { Place } from "../../json/withoutPlaces.js";
import { plain } from "./places.js";

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Names without underscores, in lower case. */
const essential = names(`
	model models messages input inputs prompt suffix contents content requests system systeminstruction instructions texts
	images image documents file files previousresponseid conversation thread cachedcontent container
	tools functions functioncall toolconfig mcpservers websearchoptions searchparameters plugins
	responseformat outputformat format schema jsonschema responseschema responsejsonschema responsemimetype
	responsemodalities modalities audio speechconfig structuredoutputs guidedjson guidedregex guidedchoice guidedgrammar grammar
	stream background n candidatecount bestof
	maxtokens maxcompletiontokens maxoutputtokens maxtokenstosample numpredict
	dimensions outputdimension outputdimensionality encodingformat embeddingtypes inputtype tasktype
	safetysettings guardrailconfig guardrails moderation safeprompt safetymode provider anthropicversion type role
`);

/** Members of the body that hold members of many kinds. */
const containers = names(
	"text outputconfig generationconfig inferenceconfig options additionalmodelrequestfields extrabody",
);

const conversations = names("messages input contents system systeminstruction prompt instructions");
/** Notes beside what was said. */
const notes = names(`
	cachecontrol reasoning reasoningcontent reasoningdetails annotations citations logprobs status phase
`);

const tools = names("tools functions");
/** How a tool is called, beside what it is. */
const toolOptions = names(`
	strict deferloading allowedcallers eagerinputstreaming inputexamples cachecontrol response responsejsonschema outputschema
`);
const schemas = names("parameters parametersjsonschema inputschema properties schema json");

const cacheOptions = names("ttl scope");

/**
 * @param place with indexes or stars
 * @param value of the member
 */
export function mayBeLeftOut(place: Place, value: unknown): boolean {
	const path = place.map(plain);
	const [top = ""] = path;
	const last = path.at(-1) ?? "";
	if (cacheOptions.has(last) && path.at(-2) === "cachecontrol") return true;
	if (path.length > 1 && conversations.has(top)) return notes.has(last);
	if (path.length > 1 && tools.has(top))
		return toolOptions.has(last) && !path.slice(0, -1).some((name) => schemas.has(name));
	if (top === "toolchoice") return path.length === 1 && isFree(value);
	if (path.some((name) => essential.has(name))) return false;
	return !containers.has(last) || !holdsEssential(value);
}

/** The model chooses, as it does where nothing is said. */
function isFree(choice: unknown): boolean {
	if (choice === "auto") return true;
	return isObject(choice) && choice.type === "auto" && Object.keys(choice).length === 1;
}

function holdsEssential(value: unknown): boolean {
	return !isObject(value) || Object.keys(value).some((name) => essential.has(plain(name)));
}

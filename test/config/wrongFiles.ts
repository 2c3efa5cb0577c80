/** Configuration files with something wrong in them. */
import { twoUpstreams } from "./files.js";

const secret = "is a secret and must not stand in the file: write ${NAME} of an environment variable, or {file: PATH}";

/** A title, a file with mistakes, and all messages about it. */
export const wrongFiles: [name: string, text: string, problems: string[]][] = [
	["nothing in it", "# only this\n", ["llmw.yaml: is empty"]],
	["a list", "- bindport: 80\n", ["llmw.yaml:1:1: must be an object"]],
	[
		"no YAML",
		"upstreams: {one: [}\n",
		[
			"llmw.yaml:1:19: Flow sequence in block collection must be sufficiently indented and end with a ]",
			"llmw.yaml:1:20: Flow map in block collection must be sufficiently indented and end with a }",
		],
	],
	["a name that stands there twice", "bindport: 80\nbindport: 81\n", ["llmw.yaml:2:1: this name stands here already"]],
	["an alias of nothing", "bindport: *port\n", ["llmw.yaml:1:11: *port is no name of an anchor (&port) above"]],
	[
		"a setting that is misspelt",
		"bindprt: 80\n",
		["llmw.yaml:1:1: bindprt: there is no such key; did you mean `bindport`?"],
	],
	["a name like no other", "colour: blue\n", ["llmw.yaml:1:1: colour: there is no such key"]],
	[
		"a setting with a wrong value",
		"bindport: 70000\nidleTimeout: soon\nworkers: many\n",
		[
			"llmw.yaml:1:11: bindport: must be a port from 0 to 65535 (got 70000)",
			'llmw.yaml:2:14: idleTimeout: must be a duration such as 500ms, 30s or 15m (got "soon")',
			'llmw.yaml:3:10: workers: must be a whole number from 1 to 256 (got "many")',
		],
	],
	[
		"a setting without a value",
		"bindport:\nworkers: 2\n",
		["llmw.yaml:1:10: bindport: must be a port from 0 to 65535 (no value was given)"],
	],
	[
		"a setting that only code can judge",
		"bindip: example.org\nmaxBody: 1gb\ndrainTimeout: 1000h\n",
		[
			'llmw.yaml:1:9: bindip: "example.org" is not an IP address',
			"llmw.yaml:2:10: maxBody: must be from 1kb to 511mb (got 1gb)",
			"llmw.yaml:3:15: drainTimeout: must be at most 596h (got 1000h)",
		],
	],
	[
		"the one upstream of flags",
		"aihost: 10.0.0.1\naikey: sk-1\n",
		[
			"llmw.yaml:1:1: aihost: a file has upstreams in `upstreams`, each with its `url`, `key` and `tls`",
			"llmw.yaml:2:1: aikey: a file has upstreams in `upstreams`, each with its `url`, `key` and `tls`",
		],
	],
	["another file", "config: other.yaml\n", ["llmw.yaml:1:1: config: a file names no other file"]],
	[
		"routes without upstreams",
		"routes:\n  - {model: a, targets: [one]}\ndefaults: {rescue: off}\n",
		[
			"llmw.yaml:1:1: routes: needs `upstreams`, which it is about",
			"llmw.yaml:3:1: defaults: needs `upstreams`, which it is about",
		],
	],
	[
		"upstreams without routes",
		twoUpstreams,
		["llmw.yaml:1:1: upstreams: needs `routes`, which say what goes to which of them"],
	],
	["no upstream", "upstreams: {}\n", ["llmw.yaml:1:12: upstreams: must name at least one upstream"]],
	[
		"an upstream without its URL",
		"upstreams:\n  one: {weight: 2}\n",
		["llmw.yaml:2:3: upstreams.one.url: is missing, and the `provider` has no address of its own"],
	],
	[
		"an upstream's name",
		"upstreams:\n  a/b: {url: 'http://127.0.0.1'}\n",
		["llmw.yaml:2:3: upstreams.a/b: is no name for an upstream; letters, digits, dots, hyphens and underscores are"],
	],
	[
		"an upstream that is none",
		"upstreams:\n  one: http://127.0.0.1\n",
		['llmw.yaml:2:8: upstreams.one: must be an object with its `url`, or its `provider` (got "http://127.0.0.1")'],
	],
	[
		"an upstream's URL",
		"upstreams:\n  one: {url: 127.0.0.1}\n",
		['llmw.yaml:2:14: upstreams.one.url: must be a whole URL such as http://10.0.0.1:8000/v1 (got "127.0.0.1")'],
	],
	[
		"an upstream's URL with a query",
		"upstreams:\n  one:\n    url: http://127.0.0.1/?a=b#c\n",
		['llmw.yaml:3:10: upstreams.one.url: "http://127.0.0.1/" must have no fragment (#)'],
	],
	[
		"a password in a URL",
		"upstreams:\n  one: {url: 'http://me:hunter2@127.0.0.1'}\n",
		["llmw.yaml:2:14: upstreams.one.url: must hold no user name or password; use `key`"],
	],
	[
		"misspelt members",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    kye: sk-1\n    health: {intervall: 3s}\n    tls: {insecur: true}\n",
		[
			"llmw.yaml:4:5: upstreams.one.kye: there is no such key; did you mean `key`?",
			"llmw.yaml:5:14: upstreams.one.health.intervall: there is no such key; did you mean `interval`?",
			"llmw.yaml:6:11: upstreams.one.tls.insecur: there is no such key; did you mean `insecure`?",
		],
	],
	[
		"a key written out",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    key: sk-hunter2\n",
		[`llmw.yaml:4:10: upstreams.one.key: ${secret}`],
	],
	[
		"a key that is no text",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    key: 12345\n",
		["llmw.yaml:4:10: upstreams.one.key: must be a text with ${NAME} of a variable in it, or {file: PATH}"],
	],
	[
		"credentials in headers",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    headers: {Authorization: Bearer hunter2, X-Api-Key: hunter2, x-team: blue}\n",
		[
			`llmw.yaml:4:30: upstreams.one.headers.Authorization: ${secret}`,
			`llmw.yaml:4:57: upstreams.one.headers.X-Api-Key: ${secret}`,
		],
	],
	["Redis' password", "redis: redis://:hunter2@cache:6379\n", [`llmw.yaml:1:8: redis: ${secret}`]],
	["a database's password", "store: postgres://llmw:hunter2@db/llmw\n", [`llmw.yaml:1:8: store: ${secret}`]],
	[
		"a variable that is not set",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    key: ${NOT_SET}\n",
		["llmw.yaml:4:10: upstreams.one.key: the environment variable NOT_SET is not set"],
	],
	[
		"a variable that is empty",
		"upstreams:\n  one:\n    url: http://${EMPTY}/v1\n",
		["llmw.yaml:3:10: upstreams.one.url: the environment variable EMPTY is empty"],
	],
	[
		"a variable's name",
		"data: ${a-b}/${\n",
		[
			"llmw.yaml:1:7: data: in ${…} must stand the name of an environment variable; write $${ for a plain ${",
			"llmw.yaml:1:7: data: a ${ has no } after it; write $${ for a plain ${",
		],
	],
	[
		"a secret's file that is not there",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    key: {file: nowhere.txt}\n",
		["llmw.yaml:4:10: upstreams.one.key: can't read nowhere.txt (ENOENT)"],
	],
	[
		"a secret's file under another name",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    key: {path: key.txt}\n",
		[
			"llmw.yaml:4:5: upstreams.one.key.file: is missing",
			"llmw.yaml:4:11: upstreams.one.key.path: there is no such key",
		],
	],
	[
		"both credentials",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    key: ${KEY}\n    forwardCredential: true\n",
		["llmw.yaml:5:24: upstreams.one.forwardCredential: has no meaning beside a `key`, which is sent in its place"],
	],
	[
		"TLS files",
		"upstreams:\n  one:\n    url: https://127.0.0.1\n    tls: {ca: nowhere.pem, cert: llmw.yaml}\n",
		[
			"llmw.yaml:4:10: upstreams.one.tls: `cert` and `key` need each other",
			"llmw.yaml:4:15: upstreams.one.tls.ca: can't read ./nowhere.pem (ENOENT)",
			"llmw.yaml:4:34: upstreams.one.tls.cert: llmw.yaml holds no PEM certificate",
		],
	],
	[
		"headers that can't be set",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    headers: {Content-Length: '5', 'a b': c, X-A: '1', x-a: '2'}\n",
		[
			"llmw.yaml:4:15: upstreams.one.headers.Content-Length: is not a header that can be set",
			"llmw.yaml:4:36: upstreams.one.headers.a b: is no name of a header",
			"llmw.yaml:4:56: upstreams.one.headers.x-a: this header is given twice",
		],
	],
	[
		"switches",
		"upstreams:\n  one:\n    url: http://127.0.0.1\n    health: often\n    breaker: {share: 200%, failures: 0}\n    connectTimeout: 0s\n",
		[
			'llmw.yaml:4:13: upstreams.one.health: must be true, false or an object (got "often")',
			'llmw.yaml:5:22: upstreams.one.breaker.share: must be a share such as 5%, or a number from 0 to 1 (got "200%")',
			"llmw.yaml:5:38: upstreams.one.breaker.failures: must be a whole number above 0 (got 0)",
			"llmw.yaml:6:21: upstreams.one.connectTimeout: must be longer than 0",
		],
	],
	[
		"a route without anything",
		`${twoUpstreams}routes:\n  - {}\n`,
		["llmw.yaml:5:5: routes[0].model: is missing", "llmw.yaml:5:5: routes[0].targets: is missing"],
	],
	[
		"routes that are no list",
		`${twoUpstreams}routes: {model: a}\n`,
		["llmw.yaml:4:9: routes: must be a list of at least one route"],
	],
	[
		"an upstream that is misspelt",
		`${twoUpstreams}routes:\n  - model: a\n    targets: [oen/x, {upstream: tow}]\n    fallback: [three/y]\n`,
		[
			"llmw.yaml:6:15: routes[0].targets[0]: there is no upstream oen; did you mean one?",
			"llmw.yaml:6:33: routes[0].targets[1].upstream: there is no upstream tow; did you mean two?",
			"llmw.yaml:7:16: routes[0].fallback[0]: there is no upstream three; there are one, two",
		],
	],
	[
		"targets that are none",
		`${twoUpstreams}routes:\n  - model: a\n    targets: [5, {model: x}, {targets: []}, one/, {upstream: one, targets: [one]}]\n`,
		[
			"llmw.yaml:6:15: routes[0].targets[0]: must be a text such as upstream/model, an object with `upstream`, or a group with `targets` (got 5)",
			"llmw.yaml:6:18: routes[0].targets[1].upstream: is missing",
			"llmw.yaml:6:40: routes[0].targets[2].targets: must be a list of at least one target",
			"llmw.yaml:6:45: routes[0].targets[3]: names no model after the slash",
			"llmw.yaml:6:52: routes[0].targets[4].upstream: belongs to a single target, and not to a group with `targets`",
		],
	],
	[
		"no targets",
		`${twoUpstreams}routes:\n  - {model: a, targets: []}\n  - {model: b, targets: [one, two], fallback: []}\n`,
		[
			"llmw.yaml:5:25: routes[0].targets: must be a list of at least one target",
			"llmw.yaml:6:47: routes[1].fallback: must be a list of at least one target",
		],
	],
	[
		"a strategy that is misspelt",
		`${twoUpstreams}routes:\n  - {model: a, targets: [one, two], strategy: wieghted}\n`,
		[
			'llmw.yaml:5:47: routes[0].strategy: must be one of ordered, weighted, round_robin, least_busy, lowest_latency, cheapest, session_affinity, prefix_affinity; did you mean weighted? (got "wieghted")',
		],
	],
	[
		"a strategy's members",
		`${twoUpstreams}routes:\n  - {model: a, targets: [one, two], strategy: {kind: weighted, by: user}}\n  - {model: b, targets: [one], strategy: {kind: session_affinity, by: cookie}}\n  - {model: c, targets: [one], strategy: {by: user}}\n`,
		[
			"llmw.yaml:5:64: routes[0].strategy.by: belongs to the strategy session_affinity",
			'llmw.yaml:6:71: routes[1].strategy.by: must be session, caller, user or header:NAME (got "cookie")',
			"llmw.yaml:7:32: routes[2].strategy.kind: is missing",
		],
	],
	[
		"retries",
		`${twoUpstreams}routes:\n  - {model: a, targets: [one, two], retry: {attempts: 0, budget: lots, maxWait: 1000h, tries: 3}}\n`,
		[
			"llmw.yaml:5:55: routes[0].retry.attempts: must be a whole number from 1 to 100 (got 0)",
			'llmw.yaml:5:66: routes[0].retry.budget: must be a share such as 5%, or a number from 0 to 1 (got "lots")',
			"llmw.yaml:5:81: routes[0].retry.maxWait: must be at most 596h (got 1000h)",
			"llmw.yaml:5:88: routes[0].retry.tries: there is no such key",
		],
	],
	[
		"a rescue",
		`${twoUpstreams}routes:\n  - {model: a, targets: [one, two], rescue: allow-seams, fallbackOn: [content_filters], hedge: 5%}\n`,
		[
			'llmw.yaml:5:45: routes[0].rescue: must be one of off, exact, allow-seam; did you mean allow-seam? (got "allow-seams")',
			'llmw.yaml:5:71: routes[0].fallbackOn[0]: must be one of content_filter, authentication, not_found, invalid_request; did you mean content_filter? (got "content_filters")',
			'llmw.yaml:5:96: routes[0].hedge: must be true, false or an object (got "5%")',
		],
	],
	[
		"a cache",
		`${twoUpstreams}routes:\n  - {model: a, targets: [one, two], cache: {age: soon, scope: keys, tools: maybe, semantic: {model: b, threshold: 0.5}}}\n`,
		[
			'llmw.yaml:5:50: routes[0].cache.age: must be a duration such as 500ms, 30s or 15m (got "soon")',
			'llmw.yaml:5:63: routes[0].cache.scope: must be one of key, team, shared; did you mean key? (got "keys")',
			'llmw.yaml:5:76: routes[0].cache.tools: must be one of true, false, asked (got "maybe")',
			"llmw.yaml:5:101: routes[0].cache.semantic.model: no route takes b, whose vectors this cache needs",
			"llmw.yaml:5:115: routes[0].cache.semantic.threshold: must be a number from 0.8 to 1 (got 0.5)",
		],
	],
	[
		"conditions",
		`${twoUpstreams}routes:\n  - model: a\n    targets: [one, {upstream: two, when: {strem: true, tools: yes, tokens: {min: 9, max: 1}}, canary: 0.5%%}, {upstream: two, when: {}}]\n`,
		[
			"llmw.yaml:6:43: routes[0].targets[1].when.strem: there is no such key; did you mean `stream`?",
			'llmw.yaml:6:63: routes[0].targets[1].when.tools: must be true or false (got "yes")',
			"llmw.yaml:6:76: routes[0].targets[1].when.tokens: holds for nothing: from 9 to 1",
			'llmw.yaml:6:103: routes[0].targets[1].canary: must be a share such as 5%, or a number from 0 to 1 (got "0.5%%")',
			"llmw.yaml:6:133: routes[0].targets[2].when: must say at least one condition",
		],
	],
	[
		"capabilities",
		`${twoUpstreams}routes:\n  - model: a\n    targets: [{upstream: two, capabilities: {prefill: true, context: 0}, cost: {input: 1}, weight: -1}, one]\n`,
		[
			"llmw.yaml:6:55: routes[0].targets[0].capabilities.prefill: must be one of continue_final_message, assistant, false (got true)",
			"llmw.yaml:6:70: routes[0].targets[0].capabilities.context: must be a whole number above 0 (got 0)",
			"llmw.yaml:6:74: routes[0].targets[0].cost.output: is missing",
			"llmw.yaml:6:100: routes[0].targets[0].weight: must be a number from 0 (got -1)",
		],
	],
	[
		"defaults, said once for all that inherit them",
		`${twoUpstreams}defaults: {timeouts: {idle: 1000h}, health: {interval: 0s}, retries: 3}\nroutes:\n  - {model: a, targets: [one, two]}\n  - {model: b, targets: [one, two]}\n`,
		[
			"llmw.yaml:4:29: defaults.timeouts.idle: must be at most 596h (got 1000h)",
			"llmw.yaml:4:56: defaults.health.interval: must be longer than 0",
			"llmw.yaml:4:61: defaults.retries: there is no such key",
		],
	],
	[
		"two routes of one name",
		`${twoUpstreams}routes:\n  - {model: a, name: x, targets: [one]}\n  - {model: b, name: x, targets: [two]}\n  - {model: x, targets: [two]}\n`,
		[
			"llmw.yaml:6:22: routes[1].name: another route is called x already",
			"llmw.yaml:7:13: routes[2].model: another route is called x already; give one of them a `name`",
		],
	],
	[
		"routes that nothing can reach",
		`${twoUpstreams}routes:\n  - {model: [a, "g*"], targets: [one]}\n  - {model: gpt-4, targets: [two]}\n  - {model: [gpt-4, "gpt-*", "o*"], targets: [two]}\n  - {model: "*", targets: [one]}\n  - {model: "z*", targets: [one]}\n`,
		[
			"llmw.yaml:7:14: routes[2].model[0]: no request for gpt-4 comes here, since the route gpt-4 above takes it",
			"llmw.yaml:7:21: routes[2].model[1]: no request for gpt-* comes here, since the route a above takes it",
			"llmw.yaml:9:13: routes[4].model: no request for z* comes here, since the route * above takes it",
		],
	],
];

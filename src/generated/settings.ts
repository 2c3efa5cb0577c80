// Written by `npm run generate` from settings.yaml. Changes belong there.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description A setting `idleTimeout` is the flag `--idle-timeout` and the environment variable `LLMW_IDLE_TIMEOUT`; its
         *     description is the flag's help.
         */
        Settings: {
            /**
             * @description IP address to bind the server to
             * @default 127.0.0.1
             */
            bindip: string;
            /**
             * @description Port to bind the server to; 0 takes a free one
             * @default 42069
             */
            bindport: number;
            /** @description Configuration file with upstreams and routes */
            config?: string;
            /**
             * @description Upstream: a host name, an IP address, or a whole URL with base path
             * @default 10.0.0.1
             */
            aihost: string;
            /**
             * @description The upstream's port; 443 means https unless a URL says otherwise, any other http
             * @default 443
             */
            aihostport: number;
            /**
             * @description Log requests and the models' answers in detail
             * @default false
             */
            verbose: boolean;
            /** @description Worker processes (default one per core) */
            workers?: number;
            /** @description Credential for the upstream; without it the client's own Authorization is forwarded */
            aikey?: string;
            /** @description PEM file with certificates to trust for the upstream */
            cacert?: string;
            /**
             * @description Do not verify the upstream's certificate
             * @default false
             */
            insecure: boolean;
            /** @description Contract that comes with llmw instead of its default one: openai, strict-openai or no-rate-limit; repeatable */
            contract?: ("openai" | "strict-openai" | "no-rate-limit")[];
            /** @description Overlay file for the contract; repeatable */
            overlay?: string[];
            /** @description Plugin file or package, FILE or FILE={"option": …}; repeatable */
            plugin?: string[];
            /**
             * @description Longest wait for the upstream's first byte
             * @default 600s
             */
            timeout: string;
            /**
             * @description Longest silence between two chunks, and longest wait for a client that does not read
             * @default 120s
             */
            idleTimeout: string;
            /**
             * @description Silence after which a stream's client is sent a comment, so that nothing in between closes the connection; 0 for never
             * @default 15s
             */
            heartbeat: string;
            /**
             * @description Longest wait for a connection to the upstream
             * @default 10s
             */
            connectTimeout: string;
            /**
             * @description Longest time a client may take to send its request, or of an upload without a byte
             * @default 60s
             */
            requestTimeout: string;
            /**
             * @description Largest request body
             * @default 32mb
             */
            maxBody: string;
            /**
             * @description Largest body of an upload (multipart/form-data)
             * @default 512mb
             */
            maxUpload: string;
            /**
             * @description Larger uploads are passed on as they come, or put on disk while the model is not known
             * @default 8mb
             */
            uploadMemory: string;
            /** @description Most bytes of request bodies in flight, all workers together (default an eighth of the available memory) */
            bodyBudget?: string;
            /**
             * @description Longest time a request waits for memory for its body, before it is refused; 0 for none
             * @default 10s
             */
            bodyWait: string;
            /**
             * @description Largest header section of a request
             * @default 16kb
             */
            maxHeaderSize: string;
            /**
             * @description Most header fields of a request
             * @default 100
             */
            maxHeaders: number;
            /**
             * @description Most client connections per worker; fewer if the limit of open files is low
             * @default 10000
             */
            maxConnections: number;
            /**
             * @description Most WebSockets, of all workers together; with 0 there are none, and agents that try one go on over HTTP
             * @default 10000
             */
            maxWebsockets: number;
            /**
             * @description Most WebSockets of one client, which is a key, or an address where there are no keys
             * @default 1000
             */
            maxWebsocketsPerClient: number;
            /**
             * @description Age at which a WebSocket is closed, once no turn is under way on it; its client connects again
             * @default 60m
             */
            websocketAge: string;
            /**
             * @description Most bytes per worker of what WebSockets remember of their turns, so that a turn can go on from one that is not stored; 0 for nothing
             * @default 64mb
             */
            websocketMemory: string;
            /**
             * @description Number of trusted proxies in front, whose x-forwarded-for is believed
             * @default 0
             */
            trustProxy: number;
            /** @description Origin whose pages may call from a browser, * for any; repeatable */
            corsOrigin?: string[];
            /** @description Host name besides localhost that a gateway without keys answers to, as with a proxy in front, * for any; repeatable */
            allowedHost?: string[];
            /**
             * @description Stands before the names of models that Claude Code would not show, since it shows those of Claude alone; none for no such names
             * @default claude/
             */
            claudeModelPrefix: string;
            /**
             * @description Without keys, let users of this machine read what administrators see, without a credential
             * @default false
             */
            localAdmin: boolean;
            /**
             * @description Time to go on serving before stopping, while /readyz already says no
             * @default 0s
             */
            drainDelay: string;
            /**
             * @description Longest wait for requests in flight when stopping
             * @default 30s
             */
            drainTimeout: string;
            /** @description Folder of the embedded store (default your data folder, such as ~/.local/share/llmgw) */
            data?: string;
            /** @description PostgreSQL to store in instead, which several machines can share; postgres://USER:PASSWORD@HOST/DATABASE */
            store?: string;
            /**
             * @description Store every chat completion, even if its request doesn't ask for it
             * @default false
             */
            storeAll: boolean;
            /** @description Age at which stored completions are removed (default never) */
            storeMaxAge?: string;
            /** @description Most completions to keep stored; the oldest are removed (default no limit) */
            storeMaxCount?: number;
            /**
             * @description Responses (/v1/responses) to keep so that they can be gone on from; default is all but those with store false, asked only those with store true
             * @default default
             * @enum {unknown}
             */
            keepResponses: "default" | "asked" | "never";
            /**
             * @description How long after its last response a thread of responses is removed
             * @default 30d
             */
            responseMaxAge: string;
            /** @description Most responses to keep for each owner; those of the threads used longest ago are removed (default no limit) */
            responseMaxCount?: number;
            /**
             * @description Where files (/v1/files) are kept; local is the gateway's own store, auto the only upstream that keeps files of the client's API, else local
             * @default auto
             */
            files: string;
            /**
             * @description Most bytes of files that the gateway keeps for each owner
             * @default 10gb
             */
            filesQuota: string;
            /** @description Age at which files are removed that the gateway keeps (default never, but for those that expire) */
            fileMaxAge?: string;
            /**
             * @description How long the answer to a request with an Idempotency-Key is kept for its repetition; 0 to give no answer twice
             * @default 24h
             */
            answerAge: string;
            /**
             * @description How long an answer goes on after its client has left, if its request may be sent again, as with an Idempotency-Key
             * @default 30s
             */
            grace: string;
            /**
             * @description Most responses that a worker generates in the background at once, while others wait; 0 to refuse them
             * @default 100
             */
            backgroundMax: number;
            /**
             * @description Most responses of one key or team that may be unfinished in the background
             * @default 500
             */
            backgroundOwnerMax: number;
            /**
             * @description How long a response in the background may take from its beginning, before it fails
             * @default 1h
             */
            backgroundTimeout: string;
            /**
             * @description Most lines of batches that a worker has in flight at once, less one for each request of a client; 0 to run no batches
             * @default 16
             */
            batchConcurrency: number;
            /**
             * @description Most batches of one key or team that may be unfinished
             * @default 100
             */
            batchOwnerMax: number;
            /**
             * @description How long a batch that is over can be looked up, with its answers
             * @default 30d
             */
            batchMaxAge: string;
            /**
             * @description Most memory for cached answers of this machine, which routes with `cache` keep
             * @default 64mb
             */
            cacheMemory: string;
            /**
             * @description Most bytes of cached answers in the store (or in Redis, without a bound of their own); 0 to keep them in memory alone
             * @default 1gb
             */
            cacheStore: string;
            /**
             * @description Count requests, tokens and more, for Prometheus at /metrics
             * @default true
             */
            metrics: boolean;
            /**
             * @description Serve the dashboard at /ui
             * @default true
             */
            ui: boolean;
            /**
             * @description Record each request's tokens and cost
             * @default true
             */
            usage: boolean;
            /**
             * @description Age at which records of single requests are removed; sums stay
             * @default 30d
             */
            usageMaxAge: string;
            /** @description Name of a member of requests' metadata, or of a plugin's tag, to group usage by; repeatable */
            usageTag?: string[];
            /** @description Header that names a request's session, besides those of known agents */
            sessionHeader?: string;
            /** @description Header that names a request's agent */
            agentHeader?: string;
            /** @description Header that names the sub-agent within a session */
            subagentHeader?: string;
            /**
             * @description text for people, or json: one line of JSON for each request and each message
             * @default text
             * @enum {string}
             */
            logFormat: "text" | "json";
            /**
             * @description Lowest level that is logged: error, warn, info or debug
             * @default info
             * @enum {string}
             */
            logLevel: "error" | "warn" | "info" | "debug";
            /**
             * @description Refuse requests without a key even while no key exists, and print an administrator's credential once
             * @default false
             */
            requireKeys: boolean;
            /** @description Credential for the administration of keys; better given as the variable, which other users can't see */
            adminKey?: string;
            /** @description Secret that what clients keep for the gateway is sealed with, for gateways that share no store; after it, separated by commas, earlier ones */
            sealSecret?: string;
            /**
             * @description Most requests that wait for one limit, if requests may wait; more are refused
             * @default 1000
             */
            limitQueue: number;
            /** @description Redis or Valkey to count limits in, which several machines can share; redis://USER:PASSWORD@HOST:6379/0 */
            redis?: string;
            /**
             * @description While Redis is away, requests pass uncounted (open), or are refused (closed)
             * @default open
             * @enum {string}
             */
            redisFailure: "open" | "closed";
        };
        /**
         * @description The file that `llmw --config` names. Flags and environment variables win over it. Any text in it may contain `${NAME}`,
         *     an environment variable's value; `$${` is `${`. Relative paths start at the file's own folder.
         */
        ConfigFile: {
            /** @description Upstreams by name. They replace --aihost, --aihostport, --aikey, --cacert and --insecure */
            upstreams?: {
                [key: string]: components["schemas"]["UpstreamConfig"];
            };
            /** @description Which requests go where. An exact name wins, else the first route whose pattern matches */
            routes?: components["schemas"]["RouteConfig"][];
            defaults?: components["schemas"]["DefaultsConfig"];
            /**
             * @description IP address to bind the server to
             * @default 127.0.0.1
             */
            bindip?: string;
            /**
             * @description Port to bind the server to; 0 takes a free one
             * @default 42069
             */
            bindport?: number;
            /**
             * @description Log requests and the models' answers in detail
             * @default false
             */
            verbose?: boolean;
            /** @description Worker processes (default one per core) */
            workers?: number;
            /** @description Contract that comes with llmw instead of its default one: openai, strict-openai or no-rate-limit; repeatable */
            contract?: ("openai" | "strict-openai" | "no-rate-limit")[];
            /** @description Overlay file for the contract; repeatable */
            overlay?: string[];
            /** @description Plugin file or package, FILE or FILE={"option": …}; repeatable */
            plugin?: string[];
            /**
             * @description Longest wait for the upstream's first byte
             * @default 600s
             */
            timeout?: string;
            /**
             * @description Longest silence between two chunks, and longest wait for a client that does not read
             * @default 120s
             */
            idleTimeout?: string;
            /**
             * @description Silence after which a stream's client is sent a comment, so that nothing in between closes the connection; 0 for never
             * @default 15s
             */
            heartbeat?: string;
            /**
             * @description Longest wait for a connection to the upstream
             * @default 10s
             */
            connectTimeout?: string;
            /**
             * @description Longest time a client may take to send its request, or of an upload without a byte
             * @default 60s
             */
            requestTimeout?: string;
            /**
             * @description Largest request body
             * @default 32mb
             */
            maxBody?: string;
            /**
             * @description Largest body of an upload (multipart/form-data)
             * @default 512mb
             */
            maxUpload?: string;
            /**
             * @description Larger uploads are passed on as they come, or put on disk while the model is not known
             * @default 8mb
             */
            uploadMemory?: string;
            /** @description Most bytes of request bodies in flight, all workers together (default an eighth of the available memory) */
            bodyBudget?: string;
            /**
             * @description Longest time a request waits for memory for its body, before it is refused; 0 for none
             * @default 10s
             */
            bodyWait?: string;
            /**
             * @description Largest header section of a request
             * @default 16kb
             */
            maxHeaderSize?: string;
            /**
             * @description Most header fields of a request
             * @default 100
             */
            maxHeaders?: number;
            /**
             * @description Most client connections per worker; fewer if the limit of open files is low
             * @default 10000
             */
            maxConnections?: number;
            /**
             * @description Most WebSockets, of all workers together; with 0 there are none, and agents that try one go on over HTTP
             * @default 10000
             */
            maxWebsockets?: number;
            /**
             * @description Most WebSockets of one client, which is a key, or an address where there are no keys
             * @default 1000
             */
            maxWebsocketsPerClient?: number;
            /**
             * @description Age at which a WebSocket is closed, once no turn is under way on it; its client connects again
             * @default 60m
             */
            websocketAge?: string;
            /**
             * @description Most bytes per worker of what WebSockets remember of their turns, so that a turn can go on from one that is not stored; 0 for nothing
             * @default 64mb
             */
            websocketMemory?: string;
            /**
             * @description Number of trusted proxies in front, whose x-forwarded-for is believed
             * @default 0
             */
            trustProxy?: number;
            /** @description Origin whose pages may call from a browser, * for any; repeatable */
            corsOrigin?: string[];
            /** @description Host name besides localhost that a gateway without keys answers to, as with a proxy in front, * for any; repeatable */
            allowedHost?: string[];
            /**
             * @description Stands before the names of models that Claude Code would not show, since it shows those of Claude alone; none for no such names
             * @default claude/
             */
            claudeModelPrefix?: string;
            /**
             * @description Without keys, let users of this machine read what administrators see, without a credential
             * @default false
             */
            localAdmin?: boolean;
            /**
             * @description Time to go on serving before stopping, while /readyz already says no
             * @default 0s
             */
            drainDelay?: string;
            /**
             * @description Longest wait for requests in flight when stopping
             * @default 30s
             */
            drainTimeout?: string;
            /** @description Folder of the embedded store (default your data folder, such as ~/.local/share/llmgw) */
            data?: string;
            store?: components["schemas"]["ConfigSecret"];
            /**
             * @description Store every chat completion, even if its request doesn't ask for it
             * @default false
             */
            storeAll?: boolean;
            /** @description Age at which stored completions are removed (default never) */
            storeMaxAge?: string;
            /** @description Most completions to keep stored; the oldest are removed (default no limit) */
            storeMaxCount?: number;
            /**
             * @description Responses (/v1/responses) to keep so that they can be gone on from; default is all but those with store false, asked only those with store true
             * @default default
             * @enum {unknown}
             */
            keepResponses?: "default" | "asked" | "never";
            /**
             * @description How long after its last response a thread of responses is removed
             * @default 30d
             */
            responseMaxAge?: string;
            /** @description Most responses to keep for each owner; those of the threads used longest ago are removed (default no limit) */
            responseMaxCount?: number;
            /**
             * @description Where files (/v1/files) are kept; local is the gateway's own store, auto the only upstream that keeps files of the client's API, else local
             * @default auto
             */
            files?: string;
            /**
             * @description Most bytes of files that the gateway keeps for each owner
             * @default 10gb
             */
            filesQuota?: string;
            /** @description Age at which files are removed that the gateway keeps (default never, but for those that expire) */
            fileMaxAge?: string;
            /**
             * @description How long the answer to a request with an Idempotency-Key is kept for its repetition; 0 to give no answer twice
             * @default 24h
             */
            answerAge?: string;
            /**
             * @description How long an answer goes on after its client has left, if its request may be sent again, as with an Idempotency-Key
             * @default 30s
             */
            grace?: string;
            /**
             * @description Most responses that a worker generates in the background at once, while others wait; 0 to refuse them
             * @default 100
             */
            backgroundMax?: number;
            /**
             * @description Most responses of one key or team that may be unfinished in the background
             * @default 500
             */
            backgroundOwnerMax?: number;
            /**
             * @description How long a response in the background may take from its beginning, before it fails
             * @default 1h
             */
            backgroundTimeout?: string;
            /**
             * @description Most lines of batches that a worker has in flight at once, less one for each request of a client; 0 to run no batches
             * @default 16
             */
            batchConcurrency?: number;
            /**
             * @description Most batches of one key or team that may be unfinished
             * @default 100
             */
            batchOwnerMax?: number;
            /**
             * @description How long a batch that is over can be looked up, with its answers
             * @default 30d
             */
            batchMaxAge?: string;
            /**
             * @description Most memory for cached answers of this machine, which routes with `cache` keep
             * @default 64mb
             */
            cacheMemory?: string;
            /**
             * @description Most bytes of cached answers in the store (or in Redis, without a bound of their own); 0 to keep them in memory alone
             * @default 1gb
             */
            cacheStore?: string;
            /**
             * @description Count requests, tokens and more, for Prometheus at /metrics
             * @default true
             */
            metrics?: boolean;
            /**
             * @description Serve the dashboard at /ui
             * @default true
             */
            ui?: boolean;
            /**
             * @description Record each request's tokens and cost
             * @default true
             */
            usage?: boolean;
            /**
             * @description Age at which records of single requests are removed; sums stay
             * @default 30d
             */
            usageMaxAge?: string;
            /** @description Name of a member of requests' metadata, or of a plugin's tag, to group usage by; repeatable */
            usageTag?: string[];
            /** @description Header that names a request's session, besides those of known agents */
            sessionHeader?: string;
            /** @description Header that names a request's agent */
            agentHeader?: string;
            /** @description Header that names the sub-agent within a session */
            subagentHeader?: string;
            /**
             * @description text for people, or json: one line of JSON for each request and each message
             * @default text
             * @enum {string}
             */
            logFormat?: "text" | "json";
            /**
             * @description Lowest level that is logged: error, warn, info or debug
             * @default info
             * @enum {string}
             */
            logLevel?: "error" | "warn" | "info" | "debug";
            /**
             * @description Refuse requests without a key even while no key exists, and print an administrator's credential once
             * @default false
             */
            requireKeys?: boolean;
            adminKey?: components["schemas"]["ConfigSecret"];
            sealSecret?: components["schemas"]["ConfigSecret"];
            /**
             * @description Most requests that wait for one limit, if requests may wait; more are refused
             * @default 1000
             */
            limitQueue?: number;
            redis?: components["schemas"]["ConfigSecret"];
            /**
             * @description While Redis is away, requests pass uncounted (open), or are refused (closed)
             * @default open
             * @enum {string}
             */
            redisFailure?: "open" | "closed";
            auth?: components["schemas"]["AuthConfig"];
            /** @description Prices of models' tokens, before any price list; of several entries an exact name wins, else the first */
            prices?: components["schemas"]["PriceConfig"][];
            limits?: components["schemas"]["AllLimitsConfig"];
            /** @description Who is told when a response in the background or a batch is over */
            webhooks?: components["schemas"]["WebhookConfig"][];
            mcp?: components["schemas"]["McpConfig"];
        };
        /** @description Remote MCP tools of Responses requests that the gateway runs, where the upstream can't */
        McpConfig: {
            /** @description The MCP servers that requests may use, by name; no other is ever asked */
            servers: {
                [key: string]: components["schemas"]["McpServerConfig"];
            };
            /** @description Upstreams that run MCP tools themselves, and get such requests unchanged (default those of OpenAI, Azure and xAI); an empty list for none */
            upstreams?: string | string[];
            /**
             * @description Most requests to the model for one response; the last one gets no more tools
             * @default 16
             */
            maxTurns?: number;
            /**
             * @description Most calls of MCP tools in one response
             * @default 64
             */
            maxCalls?: number;
            /** @description Longest answer of a server that is read (default 1mb) */
            maxResult?: components["schemas"]["ConfigSize"];
            /** @description How long a server's list of tools is not asked for again (default 5m, 0 for always) */
            listAge?: components["schemas"]["ConfigPause"];
            /**
             * @description Each call leaves an entry in the audit
             * @default true
             */
            audit?: boolean;
        };
        McpServerConfig: {
            /** @description The server, or a pattern with `*` for several in its host or its path. Only a host without `*` may have a private address */
            url: string;
            /** @description Shown as a bearer token, in place of the client's `authorization` */
            key?: components["schemas"]["ConfigSecret"];
            /** @description Set on each request to the server, instead of the client's of the same name */
            headers?: {
                [key: string]: components["schemas"]["ConfigSecret"];
            };
            /** @description Only these tools */
            tools?: components["schemas"]["PatternsConfig"];
            /**
             * @description Which calls need the client's approval: what the client says (all, if it says nothing), all whatever it says, or none if it says nothing
             * @default client
             * @enum {unknown}
             */
            approval?: "client" | "always" | "never";
            /** @description Only for requests by these routes */
            routes?: components["schemas"]["PatternsConfig"];
            /** @description Only for keys with these names */
            keys?: components["schemas"]["PatternsConfig"];
            /** @description Only for keys of these teams */
            teams?: components["schemas"]["PatternsConfig"];
            /** @description Longest wait for a list or a call (default 60s) */
            timeout?: components["schemas"]["ConfigDuration"];
        };
        WebhookConfig: {
            /** @description For the log, metrics and `llmw webhooks`; what waits to be delivered is known by it */
            name: string;
            /** @description Where messages are sent by POST; https, or http */
            url: string;
            /** @description Signs messages; `whsec_` and base64, or any text */
            secret: components["schemas"]["ConfigSecret"];
            /** @description What it is told (default all) */
            events?: ("response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" | "batch.completed" | "batch.failed" | "batch.expired" | "batch.cancelled")[];
            /** @description Only of responses by these routes */
            routes?: components["schemas"]["PatternsConfig"];
            /** @description Only of responses to keys with these names */
            keys?: components["schemas"]["PatternsConfig"];
            /** @description Only of responses to keys of these teams */
            teams?: components["schemas"]["PatternsConfig"];
        };
        /** @description Who may use how much. All limits that apply to a request must hold */
        AllLimitsConfig: {
            /** @description For each key and each token that has no limits of its own, member by member */
            keys?: components["schemas"]["LimitsConfig"];
            /** @description For each address without a key, while keys are not needed */
            clients?: components["schemas"]["LimitsConfig"];
            /** @description By a team's name; `*` is for each team that isn't named */
            teams?: components["schemas"]["NamedLimitsConfig"];
            /** @description By an organisation's name; `*` is for each one that isn't named */
            organisations?: components["schemas"]["NamedLimitsConfig"];
            /** @description By the requested model, or a pattern with `*`, whose models are counted together */
            models?: components["schemas"]["NamedLimitsConfig"];
            /** @description By an agent's name; `*` is for each one that isn't named. Each key's requests of an agent are counted by themselves */
            agents?: components["schemas"]["NamedLimitsConfig"];
            /** @description For each sub-agent in a session */
            subagents?: components["schemas"]["LimitsConfig"];
            /**
             * @description What happens to a stream that gets longer than was reserved for it, when a limit is used up
             * @default finish
             * @enum {unknown}
             */
            onExceeded?: "finish" | "cut";
            queue?: components["schemas"]["LimitQueueConfig"];
        };
        NamedLimitsConfig: {
            [key: string]: components["schemas"]["LimitsConfig"];
        };
        /** @description Any 60 seconds are a minute; days and months are those of the calendar in UTC. Budgets are in US dollars */
        LimitsConfig: {
            requestsPerMinute?: components["schemas"]["LimitConfig"];
            requestsPerDay?: components["schemas"]["LimitConfig"];
            /** @description Prompts and answers together */
            tokensPerMinute?: components["schemas"]["LimitConfig"];
            /** @description Prompts and answers together */
            tokensPerDay?: components["schemas"]["LimitConfig"];
            /** @description In flight at a time */
            concurrentRequests?: components["schemas"]["LimitConfig"];
            budgetPerDay?: components["schemas"]["BudgetConfig"];
            budgetPerMonth?: components["schemas"]["BudgetConfig"];
            /** @description In one session of an agent, as are the others that are called so */
            requestsPerSession?: components["schemas"]["LimitConfig"];
            /** @description Prompts and answers together */
            tokensPerSession?: components["schemas"]["LimitConfig"];
            budgetPerSession?: components["schemas"]["BudgetConfig"];
            /** @description Since the session's first request */
            minutesPerSession?: components["schemas"]["MinutesConfig"];
            /** @description The same tools called with the same arguments in so many turns in a row; then an agent is refused */
            equalToolCalls?: components["schemas"]["EqualCallsConfig"];
        };
        /** @description For all requests to this upstream; when one is used up, the next target is asked */
        UpstreamLimitsConfig: {
            requestsPerMinute?: components["schemas"]["LimitConfig"];
            requestsPerDay?: components["schemas"]["LimitConfig"];
            tokensPerMinute?: components["schemas"]["LimitConfig"];
            tokensPerDay?: components["schemas"]["LimitConfig"];
        };
        LimitConfig: number;
        MinutesConfig: number;
        EqualCallsConfig: number;
        BudgetConfig: number;
        /** @description Requests over a limit wait for it instead of being refused */
        LimitQueueConfig: {
            /** @description Longest wait; a request that would have to wait longer is refused at once */
            maxWait: components["schemas"]["ConfigDuration"];
        };
        /** @description Dollars for a million tokens of some models, at any upstream */
        PriceConfig: {
            /** @description As the upstream calls it */
            model: components["schemas"]["PatternsConfig"];
            input: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that the upstream had in its cache (default as input) */
            cached?: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that was written to the upstream's cache, for minutes (default 1.25 times input) */
            cacheWrite?: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that was written to the upstream's cache for an hour (default 1.6 times cacheWrite) */
            cacheWrite1h?: components["schemas"]["ConfigPrice"];
            /** @description Recordings in the input (default as input) */
            audioInput?: components["schemas"]["ConfigPrice"];
            /** @description Pictures in the input, where the upstream counts them apart (default as input) */
            imageInput?: components["schemas"]["ConfigPrice"];
            output: components["schemas"]["ConfigPrice"];
            /** @description Reasoning in the output (default as output) */
            reasoning?: components["schemas"]["ConfigPrice"];
            /** @description Speech in the output (default as output) */
            audioOutput?: components["schemas"]["ConfigPrice"];
            /** @description Pictures in the output, where the upstream counts them apart (default as output) */
            imageOutput?: components["schemas"]["ConfigPrice"];
            tiers?: components["schemas"]["TierPricesConfig"];
            units?: components["schemas"]["UnitPricesConfig"];
        };
        /**
         * @description Factors of the price by the tier that has served an answer, as the upstream names it (`flex`, `priority`, `batch`, `fast`);
         *     others cost the price itself
         */
        TierPricesConfig: {
            [key: string]: number;
        };
        /**
         * @description Dollars for one of what vendors bill by other units than tokens: `search_units`, `characters`, `audio_seconds`, `images`;
         *     for a variant, its name after a space (`images 1024x1024/high`)
         */
        UnitPricesConfig: {
            [key: string]: components["schemas"]["ConfigPrice"];
        };
        /**
         * @description Whether the upstream is asked (`stream_options`) to count the tokens of streams where clients don't: `ask` at the end,
         *     `continuous` with each piece as vLLM and SGLang can, which makes streams that are cut exact, or `never`
         * @default ask
         * @enum {string}
         */
        UpstreamUsageConfig: "ask" | "continuous" | "never";
        /**
         * @description Whose prices apply to this upstream, of those that @pydantic/genai-prices knows (default the one that its URL belongs to,
         *     if any)
         * @enum {string}
         */
        PriceListConfig: "anthropic" | "arcee" | "avian" | "aws" | "azure" | "baseten" | "cerebras" | "cloudflare" | "cohere" | "cursor" | "deepseek" | "doubleword" | "fireworks" | "github-copilot" | "google" | "groq" | "huggingface_cerebras" | "huggingface_fireworks-ai" | "huggingface_groq" | "huggingface_hyperbolic" | "huggingface_nebius" | "huggingface_novita" | "huggingface_nscale" | "huggingface_ovhcloud" | "huggingface_publicai" | "huggingface_sambanova" | "huggingface_together" | "minimax" | "mistral" | "modal" | "moonshotai" | "novita" | "openai" | "openrouter" | "ovhcloud" | "perplexity" | "quicksilverpro" | "together" | "typesafe" | "voyageai" | "x-ai" | "zai" | "zhipuai";
        /** @description Tokens (JWT) of an identity provider, accepted as keys */
        AuthConfig: {
            /** @description The tokens' `iss`; https, or http on this machine */
            issuer: string;
            /** @description One of these must be in the tokens' `aud` */
            audience: components["schemas"]["PatternsConfig"];
            /** @description URL of the issuer's keys (default from its discovery document) */
            jwksUrl?: string;
            claims?: components["schemas"]["AuthClaimsConfig"];
        };
        /** @description Names of the claims that identify the caller; dots lead to members of members */
        AuthClaimsConfig: {
            owner?: components["schemas"]["ClaimConfig"];
            team?: components["schemas"]["ClaimConfig"];
            organisation?: components["schemas"]["ClaimConfig"];
            models?: components["schemas"]["ClaimConfig"];
            /** @description Holds an object such as a key's `limits` */
            limits?: components["schemas"]["ClaimConfig"];
            /** @description Holds an object such as a key's `budget` */
            budget?: components["schemas"]["ClaimConfig"];
            priority?: components["schemas"]["ClaimConfig"];
        };
        ClaimConfig: string;
        /** @description Values for each route and upstream that does not set them itself */
        DefaultsConfig: {
            strategy?: components["schemas"]["StrategyConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            retry?: components["schemas"]["RetryConfig"];
            fallbackOn?: components["schemas"]["FallbackOnConfig"];
            rescue?: components["schemas"]["RescueConfig"];
            hedge?: components["schemas"]["HedgeConfig"];
            strict?: components["schemas"]["StrictConfig"];
            learn?: components["schemas"]["LearnConfig"];
            cache?: components["schemas"]["CacheConfig"];
            promptCache?: components["schemas"]["PromptCacheConfig"];
            connectTimeout?: components["schemas"]["ConfigDuration"];
            health?: components["schemas"]["HealthConfig"];
            breaker?: components["schemas"]["BreakerConfig"];
        };
        /** @description One upstream */
        UpstreamConfig: {
            /** @description What an OpenAI SDK would call the base URL; without a path it gets /v1. A query is sent with each request; the path of an operation at its end, such as /chat/completions, is left out. Not needed where the `provider` is a vendor */
            url?: string;
            key?: components["schemas"]["ConfigSecret"];
            /**
             * @description Without a key, the client's own credential is forwarded to this upstream
             * @default false
             */
            forwardCredential?: boolean;
            /**
             * @description Clients bring their own credential for this upstream (a subscription's), which passes untouched; the gateway's key comes in x-llmgw-key. A key here is only for the gateway's own questions
             * @default false
             */
            passthroughAuth?: boolean;
            /** @description Turns of clients' WebSockets go to it over a WebSocket, too, if it speaks the Responses API; by default if its provider is known to serve them. Where it takes none, it is asked over HTTP */
            webSocket?: boolean;
            /** @description Set on each request, instead of the client's of the same name */
            headers?: {
                [key: string]: components["schemas"]["ConfigSecret"];
            };
            tls?: components["schemas"]["TlsConfig"];
            proxy?: components["schemas"]["ConfigSecret"];
            connectTimeout?: components["schemas"]["ConfigDuration"];
            maxConnections?: components["schemas"]["ConfigCount"];
            maxConcurrency?: components["schemas"]["ConfigCount"];
            limits?: components["schemas"]["UpstreamLimitsConfig"];
            /**
             * @description Whose API it speaks. By default (`auto`) it is asked once who it is: vLLM, SGLang, llama.cpp, LM Studio and Ollama are recognised, with the wire formats that they serve, and all others follow OpenAI's API
             * @enum {unknown}
             */
            provider?: "auto" | "openai-compatible" | "openai" | "anthropic" | "gemini" | "azure" | "cohere" | "bedrock" | "vertex" | "mistral" | "deepseek" | "xai" | "groq" | "together" | "openrouter" | "perplexity" | "moonshot" | "alibaba" | "cerebras" | "fireworks" | "jina" | "voyage" | "vllm" | "sglang" | "llamacpp" | "tgi" | "tei" | "whispercpp" | "lmstudio" | "ollama";
            /** @description Whether it keeps responses itself, so that it is asked for those that go on from one of its own (default by the provider: true for openai, azure and xai) */
            keepsResponses?: boolean;
            /** @description Whether it keeps files itself (default by the provider: true for openai, azure, mistral and anthropic) */
            keepsFiles?: boolean;
            /** @description The wire formats that it speaks, where they are not its provider's: requests in these reach it as they came, and others are translated into the first that can be */
            dialects?: ("openai.chat" | "openai.completions" | "openai.embeddings" | "openai.moderations" | "openai.images" | "openai.image_edits" | "openai.image_variations" | "openai.speech" | "openai.transcriptions" | "openai.realtime" | "openai.responses" | "anthropic.messages" | "anthropic.count_tokens" | "gemini.generate_content" | "gemini.count_tokens" | "gemini.embed_content" | "gemini.batch_embed_contents" | "gemini.live" | "jina.rerank" | "cohere.rerank" | "voyage.rerank" | "sglang.rerank" | "tei.rerank" | "vllm.tokenize" | "vllm.detokenize" | "ollama.chat" | "ollama.generate" | "ollama.embed" | "ollama.embeddings")[];
            /**
             * @description For token limits, this upstream counts the tokens of prompts, at `/tokenize` beside its `/v1`, as this server does. By default, one with the provider `vllm` or `llamacpp` does
             * @enum {unknown}
             */
            tokenize?: "vllm" | "llama.cpp" | "none";
            health?: components["schemas"]["HealthConfig"];
            breaker?: components["schemas"]["BreakerConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            capabilities?: components["schemas"]["CapabilitiesConfig"];
            weight?: components["schemas"]["WeightConfig"];
            cost?: components["schemas"]["CostConfig"];
            priceList?: components["schemas"]["PriceListConfig"];
            usage?: components["schemas"]["UpstreamUsageConfig"];
            entra?: components["schemas"]["EntraConfig"];
            ollama?: components["schemas"]["OllamaConfig"];
            reasoning?: components["schemas"]["ReasoningTagsConfig"];
            aws?: components["schemas"]["AwsConfig"];
            vertex?: components["schemas"]["VertexConfig"];
        };
        /** @description Requests for some models, and where they go */
        RouteConfig: {
            /** @description Unique; for people, logs and metrics (default the first model) */
            name?: string;
            model: components["schemas"]["PatternsConfig"];
            targets: components["schemas"]["TargetsConfig"];
            strategy?: components["schemas"]["StrategyConfig"];
            retry?: components["schemas"]["RetryConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            fallback?: components["schemas"]["TargetsConfig"];
            fallbackOn?: components["schemas"]["FallbackOnConfig"];
            rescue?: components["schemas"]["RescueConfig"];
            hedge?: components["schemas"]["HedgeConfig"];
            strict?: components["schemas"]["StrictConfig"];
            learn?: components["schemas"]["LearnConfig"];
            cache?: components["schemas"]["CacheConfig"];
            promptCache?: components["schemas"]["PromptCacheConfig"];
            /** @description How long an answer goes on after its client has left, if its request may be sent again (default the setting's) */
            grace?: components["schemas"]["ConfigPause"];
            /**
             * @description Give all events of streams an id, so that a client which comes back with Last-Event-ID goes on from there
             * @default false
             */
            resumable?: boolean;
            /**
             * @description Who keeps responses, where `keepResponses` has them kept (default the upstream if all of the route's keep them, else the gateway)
             * @enum {unknown}
             */
            responsesKeptBy?: "gateway" | "upstream";
            /** @description Paths, and all below them, that the gateway has no operation for: they are passed to the route's targets as they are, for keys that permit `passthrough` */
            passthrough?: string[];
        };
        /** @description Targets and groups of them. In a `fallback` each one is tried after the other */
        TargetsConfig: components["schemas"]["TargetConfig"][];
        /** @description `upstream`, `upstream/model`, the same as an object, or a group of targets */
        TargetConfig: string | components["schemas"]["TargetGroupConfig"] | components["schemas"]["SingleTargetConfig"];
        SingleTargetConfig: {
            /** @description Name of an upstream */
            upstream: string;
            /** @description The upstream's name for the model (default the requested one) */
            model?: string;
            weight?: components["schemas"]["WeightConfig"];
            when?: components["schemas"]["ConditionConfig"];
            canary?: components["schemas"]["CanaryConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            capabilities?: components["schemas"]["CapabilitiesConfig"];
            cost?: components["schemas"]["CostConfig"];
        };
        TargetGroupConfig: {
            targets: components["schemas"]["TargetsConfig"];
            strategy?: components["schemas"]["StrategyConfig"];
            weight?: components["schemas"]["WeightConfig"];
            when?: components["schemas"]["ConditionConfig"];
            canary?: components["schemas"]["CanaryConfig"];
            timeouts?: components["schemas"]["TimeoutsConfig"];
            capabilities?: components["schemas"]["CapabilitiesConfig"];
            cost?: components["schemas"]["CostConfig"];
        };
        /**
         * @description How a group's targets are ordered
         * @default ordered
         */
        StrategyConfig: components["schemas"]["StrategyName"] | {
            kind: components["schemas"]["StrategyName"];
            /** @default session */
            by?: components["schemas"]["AffinityConfig"];
            /**
             * @description For prefix_affinity, how many characters of the prompt's beginning count
             * @default 2000
             */
            prefixCharacters?: number;
            /**
             * @description For prefix_affinity, a target with more than this many times the mean of requests in flight is skipped
             * @default 1.25
             */
            loadFactor?: number;
        };
        /** @enum {string} */
        StrategyName: "ordered" | "weighted" | "round_robin" | "least_busy" | "lowest_latency" | "cheapest" | "session_affinity" | "prefix_affinity";
        /**
         * @description Requests with the same value go to the same target: `session` (of an agent, else the conversation), `caller` (credential, else address), `user` of the body, or `header:NAME`
         * @default caller
         */
        AffinityConfig: string;
        /** @description Longest waits for an answer */
        TimeoutsConfig: {
            /** @description From the request to the answer's first byte (default `timeout`) */
            firstByte?: components["schemas"]["ConfigDuration"];
            /** @description From the request to a stream's first output (default `timeout`, or `firstByte` if that is longer) */
            firstToken?: components["schemas"]["ConfigDuration"];
            /** @description Between two pieces of an answer (default `idleTimeout`) */
            idle?: components["schemas"]["ConfigDuration"];
            /** @description From a stream's finish reasons and token counts to its `[DONE]` or its end (default `5s`, or `idle` if that is shorter) */
            end?: components["schemas"]["ConfigDuration"];
            /** @description How long after the request a stream's head and preamble are held back so that another target can still answer (default `5s`); not at all if none is left */
            hold?: components["schemas"]["ConfigPause"];
            /** @description Silence after which a stream's client is sent a comment, or a ping of its dialect; 0 for never (default `heartbeat`) */
            heartbeat?: components["schemas"]["ConfigPause"];
            /** @description From the request to the end of its answer (default no limit) */
            total?: components["schemas"]["ConfigDuration"];
        };
        /**
         * @description What is done for the prompt caches of upstreams; false does nothing for them
         * @default true
         */
        PromptCacheConfig: boolean | {
            /**
             * @description Compare the turns of agents' sessions, and tell what a miss of the cache has come from
             * @default true
             */
            watch?: boolean;
            /** @description A conversation stays with the target that has answered it, as long as that is there (default true where the route's strategy is an affinity, else false) */
            stick?: boolean;
            /**
             * @description Give requests the hints that their upstream's cache needs, unless they have their own
             * @default false
             */
            inject?: boolean;
            /**
             * @description How long vendors keep what injected hints mark
             * @default 5m
             * @enum {string}
             */
            ttl?: "5m" | "1h";
        };
        /** @description What is tried before a failure is passed on */
        RetryConfig: {
            /**
             * @description Most requests to upstreams for one client request, the first included
             * @default 5
             */
            attempts?: number;
            /**
             * @description Most of them to the same target
             * @default 2
             */
            attemptsPerTarget?: number;
            /**
             * @description Longest wait before a target's first retry; it doubles with each
             * @default 100ms
             */
            firstBackoff?: components["schemas"]["ConfigPause"];
            /**
             * @description Longest wait before any retry
             * @default 2s
             */
            maxBackoff?: components["schemas"]["ConfigPause"];
            /**
             * @description Longest total wait for one request
             * @default 5s
             */
            maxWait?: components["schemas"]["ConfigPause"];
            /**
             * @description Largest share of an upstream's requests that may be retries
             * @default 20%
             */
            budget?: components["schemas"]["ConfigShare"];
        };
        /**
         * @description Probes of an upstream; true takes the defaults
         * @default false
         */
        HealthConfig: boolean | {
            /**
             * @description Below the base URL; any answer under 500 is healthy. The default is where the provider lists its models
             * @default /models
             */
            path?: string;
            /** @default 10s */
            interval?: components["schemas"]["ConfigDuration"];
            /** @default 5s */
            timeout?: components["schemas"]["ConfigDuration"];
            /**
             * @description Failures in a row until it counts as down
             * @default 3
             */
            unhealthyAfter?: components["schemas"]["ConfigCount"];
            /**
             * @description Successes in a row until it counts as up again
             * @default 2
             */
            healthyAfter?: components["schemas"]["ConfigCount"];
        };
        /**
         * @description Sends no requests to a failing upstream for a while; true takes the defaults
         * @default true
         */
        BreakerConfig: boolean | {
            /**
             * @description Least number of failures in the window
             * @default 5
             */
            failures?: components["schemas"]["ConfigCount"];
            /**
             * @description Least share of failures among the window's requests
             * @default 0.5
             */
            share?: components["schemas"]["ConfigShare"];
            /** @default 30s */
            window?: components["schemas"]["ConfigDuration"];
            /**
             * @description Time until a single request tries the upstream again
             * @default 10s
             */
            cooldown?: components["schemas"]["ConfigDuration"];
        };
        /**
         * @description Whether a second target is asked when the first one's output is late; true takes the defaults
         * @default false
         */
        HedgeConfig: boolean | {
            /**
             * @description Largest share of the route's requests that may be hedged
             * @default 5%
             */
            share?: components["schemas"]["ConfigShare"];
            /** @description Time without output (default the 95th percentile of the route's requests so far) */
            after?: components["schemas"]["ConfigDuration"];
        };
        /**
         * @description What happens when a stream breaks in the middle: an error event (`off`), or another target continues it, only if
         *     that leaves no seam (`exact`) or also with a marked one (`allow-seam`)
         * @default exact
         * @enum {string}
         */
        RescueConfig: "off" | "exact" | "allow-seam";
        /**
         * @description Targets that have no place for a part of a request are passed over, and the request is refused if there is no other;
         *     otherwise the part is left out
         * @default false
         */
        StrictConfig: components["schemas"]["ConfigSwitch"];
        /**
         * @description A member or beta that an upstream refuses by name is left out, and the request sent once more; if it is taken, the
         *     lesson is remembered for the upstream and its model. True takes the defaults
         * @default false
         */
        LearnConfig: boolean | {
            /**
             * @description How long a lesson is remembered
             * @default 24h
             */
            for?: components["schemas"]["ConfigDuration"];
        };
        /**
         * @description Answers are kept, and given to equal requests. True takes the defaults
         * @default false
         */
        CacheConfig: boolean | {
            /**
             * @description How long an answer is given
             * @default 1h
             */
            age?: components["schemas"]["ConfigDuration"];
            /**
             * @description Who gets an answer: the key that asked for it, its team, or whoever may ask this gateway
             * @default key
             * @enum {string}
             */
            scope?: "key" | "team" | "shared";
            /**
             * @description `asked` for those alone that ask for it with x-llmgw-cache
             * @default all
             * @enum {string}
             */
            requests?: "all" | "asked";
            /** @description Also answers that are not the same each time, which are all but those with a temperature of 0 (default false) */
            sampled?: components["schemas"]["CacheConsent"];
            /** @description Also requests with tools, and answers that call them (default false) */
            tools?: components["schemas"]["CacheConsent"];
            semantic?: components["schemas"]["SemanticCacheConfig"];
        };
        /** @enum {unknown} */
        CacheConsent: true | false | "asked";
        /** @description Give the answer to a question that means the same, by vectors of its text */
        SemanticCacheConfig: {
            /** @description Model of embeddings, which a route of this file takes */
            model: string;
            /**
             * @description Least similarity (cosine) of two questions that have one answer
             * @default 0.97
             */
            threshold?: number;
            /**
             * @description Requests with more messages, those of the system apart, are not compared
             * @default 3
             */
            maxMessages?: number;
        };
        /**
         * @description Refusals for which the next target is asked too (default none)
         * @default []
         */
        FallbackOnConfig: ("content_filter" | "authentication" | "not_found" | "invalid_request")[];
        /** @description Only this share of callers, always the same ones, is sent here, and before other targets */
        CanaryConfig: components["schemas"]["ConfigShare"] | {
            share: components["schemas"]["ConfigShare"];
            by?: components["schemas"]["AffinityConfig"];
        };
        /** @description All conditions must hold; of several patterns one must match */
        ConditionConfig: {
            stream?: components["schemas"]["ConfigSwitch"];
            tools?: components["schemas"]["ConfigSwitch"];
            vision?: components["schemas"]["ConfigSwitch"];
            jsonSchema?: components["schemas"]["ConfigSwitch"];
            /** @description Estimated tokens of the prompt */
            tokens?: {
                min?: components["schemas"]["ConfigCount"];
                max?: components["schemas"]["ConfigCount"];
            };
            model?: components["schemas"]["PatternsConfig"];
            headers?: components["schemas"]["NamedPatternsConfig"];
            metadata?: components["schemas"]["NamedPatternsConfig"];
            tags?: components["schemas"]["NamedPatternsConfig"];
        };
        /** @description A name, a pattern with `*`, or a list of them */
        PatternsConfig: string | string[];
        /** @description Patterns by name */
        NamedPatternsConfig: {
            [key: string]: components["schemas"]["PatternsConfig"];
        };
        /** @description What a target can do, whatever the upstream or the price list says of its model. What nobody says it is taken to do, except for `prefill` */
        CapabilitiesConfig: {
            /**
             * @description It continues an assistant message that stands last: when asked by `continue_final_message` as vLLM and SGLang are,
             *     or by the message alone (`assistant`) as llama.cpp is
             * @enum {string|boolean}
             */
            prefill?: "continue_final_message" | "assistant" | false;
            tools?: components["schemas"]["ConfigSwitch"];
            vision?: components["schemas"]["ConfigSwitch"];
            jsonSchema?: components["schemas"]["ConfigSwitch"];
            /** @description It takes an effort of reasoning (default: as its model's name says), which translated requests may hold */
            reasoning?: components["schemas"]["ConfigSwitch"];
            /** @description Tokens of prompt and answer together */
            context?: components["schemas"]["ConfigCount"];
            /** @description Most tokens of an answer. Translated requests ask for no more, and for as many where the upstream demands a number and the client names none */
            output?: components["schemas"]["ConfigCount"];
        };
        /** @description Dollars for a million tokens */
        CostConfig: {
            input: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that the upstream had in its cache (default as input) */
            cached?: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that was written to the upstream's cache, for minutes (default 1.25 times input) */
            cacheWrite?: components["schemas"]["ConfigPrice"];
            /** @description The part of the input that was written to the upstream's cache for an hour (default 1.6 times cacheWrite) */
            cacheWrite1h?: components["schemas"]["ConfigPrice"];
            /** @description Recordings in the input (default as input) */
            audioInput?: components["schemas"]["ConfigPrice"];
            /** @description Pictures in the input, where the upstream counts them apart (default as input) */
            imageInput?: components["schemas"]["ConfigPrice"];
            output: components["schemas"]["ConfigPrice"];
            /** @description Reasoning in the output (default as output) */
            reasoning?: components["schemas"]["ConfigPrice"];
            /** @description Speech in the output (default as output) */
            audioOutput?: components["schemas"]["ConfigPrice"];
            /** @description Pictures in the output, where the upstream counts them apart (default as output) */
            imageOutput?: components["schemas"]["ConfigPrice"];
            tiers?: components["schemas"]["TierPricesConfig"];
            units?: components["schemas"]["UnitPricesConfig"];
        };
        /** @description PEM files, and how the upstream is verified */
        TlsConfig: {
            /** @description Certificates to trust */
            ca?: string;
            /** @description The gateway's own certificate, for upstreams that ask for one */
            cert?: string;
            /** @description Its private key */
            key?: string;
            /** @description Name that the upstream's certificate is for, if not the URL's */
            serverName?: string;
            /**
             * @description Do not verify the upstream's certificate
             * @default false
             */
            insecure?: components["schemas"]["ConfigSwitch"];
        };
        /** @description `${NAME}` of an environment variable, alone or within a text, or `{file: PATH}` of a file with the secret */
        ConfigSecret: string | {
            file: string;
        };
        /** @description `500ms`, `30s`, `15m`, `2h`; a plain number is seconds */
        ConfigDuration: string | number;
        /** @description `512kb`, `4mb`; a plain number is bytes */
        ConfigSize: string | number;
        /** @description A duration that may be 0 */
        ConfigPause: string | number;
        /** @description `5%`, or a number from 0 to 1 */
        ConfigShare: string | number;
        ConfigCount: number;
        ConfigPrice: number;
        ConfigSwitch: boolean;
        /**
         * @description Share of requests relative to the other targets; 0 is the last resort
         * @default 1
         */
        WeightConfig: number;
        /** @description For `provider: azure` without a `key`: the Microsoft Entra application that the gateway is */
        EntraConfig: {
            /** @description The directory's id or name */
            tenant: string;
            /** @description The application's id */
            clientId: string;
            clientSecret?: components["schemas"]["ConfigSecret"];
            /** @description In place of a secret, a file with an assertion, as workload identity writes it */
            tokenFile?: string;
            /** @description Where tokens are had (default https://login.microsoftonline.com) */
            authority?: string;
            /** @description What for (default https://cognitiveservices.azure.com/.default) */
            scope?: string;
        };
        /** @description It leaves a model's reasoning in the text of chat completions, between tags at the beginning, and clients are to get it as reasoning */
        ReasoningTagsConfig: {
            /** @description Names of the tags (default `[think]`, for `<think>…</think>`) */
            tags?: string[];
            /** @description The model's template has put the opening tag into the prompt, so that its answers begin with reasoning */
            opened?: boolean;
        };
        /** @description For `provider: ollama`: it is asked in its own wire format, which can say what OpenAI's can't */
        OllamaConfig: {
            contextLength?: components["schemas"]["ConfigCount"];
            /** @description How long a model stays loaded, such as 10m, or -1 for ever */
            keepAlive?: string;
        };
        /** @description For `provider: bedrock` */
        AwsConfig: {
            /** @description Such as us-east-1; it makes the `url`, and goes into signatures (default by the `url`) */
            region?: string;
            /** @description Of AWS's shared files, for the credentials */
            profile?: string;
            /**
             * @description Which of Bedrock's APIs is asked (default by the `url`, and `auto` where that names a host alone): `auto` is Converse, and InvokeModel for clients of Messages that ask for Claude; `converse` and `invoke` are one of these for all clients; `openai` is OpenAI's chat completions and Responses, `anthropic` is Messages, and `mantle` both, at the host bedrock-mantle
             * @enum {unknown}
             */
            api?: "auto" | "converse" | "invoke" | "openai" | "anthropic" | "mantle";
            /** @description Further values of `anthropic-beta` that Bedrock takes for Claude; others than these and those known are left out */
            betas?: string[];
        };
        /** @description For `provider: vertex`: the project and location, and how tokens are had without a `key` */
        VertexConfig: {
            /** @description The id or number of the Google Cloud project */
            project?: string;
            /** @description Such as us-central1, `us` or `eu`; it makes the `url` (default global) */
            location?: string;
            credentials?: components["schemas"]["ConfigSecret"];
            /** @description A program with its arguments that prints an access token, such as [gcloud, auth, print-access-token] */
            tokenCommand?: string[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

/** The tables of shared answers in PostgreSQL, and what is done to them. Times are the server's, in milliseconds since the epoch. */

const now = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

export const tables = [
	`create unlogged table if not exists llmgw.shared_answer (
		id text primary key, owner text not null, key text unique, fingerprint text not null, machine text not null,
		state text not null default 'live', is_kept boolean not null default false, size bigint not null default 0,
		name text, failure text, lease_until bigint not null, expires_at bigint not null, created_at bigint not null)`,
	"create index if not exists shared_answer_age on llmgw.shared_answer (expires_at)",
	"create index if not exists shared_answer_name on llmgw.shared_answer (name)",
	`create unlogged table if not exists llmgw.shared_answer_part (
		answer text not null references llmgw.shared_answer on delete cascade, at bigint not null, bytes bytea not null,
		primary key (answer, at))`,
	// They are soon gone, so compressing them is not worth the work.
	"alter table llmgw.shared_answer_part alter column bytes set storage external",
	`create unlogged table if not exists llmgw.shared_answer_reader (
		answer text not null references llmgw.shared_answer on delete cascade, machine text not null,
		readers bigint not null, reads bigint not null, valid_until bigint not null, primary key (answer, machine))`,
];

const columns = `id, owner, key, fingerprint, state, is_kept, size, failure,
	state = 'live' and lease_until <= ${now} as is_abandoned, expires_at - ${now} as rest_ms`;

const readership = (id: string) => `
	coalesce((select sum(readers) from llmgw.shared_answer_reader where answer = ${id} and valid_until > ${now}), 0)::bigint as readers,
	coalesce((select sum(reads) from llmgw.shared_answer_reader where answer = ${id}), 0)::bigint as reads`;

/** Only where somebody waits for it. */
const tell = (id: string) =>
	`(select count(pg_notify('llmgw_answers', 'grew ' || ${id})) from llmgw.shared_answer_reader where answer = ${id})`;

export const statements = {
	clean: `delete from llmgw.shared_answer where expires_at <= ${now}`,
	reserve: `
		insert into llmgw.shared_answer (id, owner, key, fingerprint, machine, lease_until, expires_at, created_at)
		values ($1, $2, $3, $4, $5, ${now} + $6::bigint, ${now} + $6::bigint + $7::bigint, ${now})
		on conflict (key) do nothing returning id`,
	byKey: `select ${columns} from llmgw.shared_answer where key = $1`,
	find: `select ${columns} from llmgw.shared_answer where id = $1 and expires_at > ${now}`,
	findByName: `select ${columns} from llmgw.shared_answer where name = $1 and expires_at > ${now}`,
	name: "update llmgw.shared_answer set name = $2 where id = $1",
	append: `
		with grown as (
			update llmgw.shared_answer set size = $3::bigint + length($4::bytea),
				lease_until = ${now} + $5::bigint, expires_at = ${now} + $5::bigint + $6::bigint
			where id = $1 and machine = $2 and state = 'live' and size = $3::bigint returning id
		), added as (
			insert into llmgw.shared_answer_part (answer, at, bytes) select id, $3::bigint, $4::bytea from grown returning answer
		)
		select exists (select 1 from added) or exists (
				select 1 from llmgw.shared_answer
				where id = $1 and machine = $2 and state = 'live' and size >= $3::bigint + length($4::bytea)) as is_done,
			${readership("$1")}, ${tell("$1")}`,
	end: `
		with ended as (
			update llmgw.shared_answer set state = 'ended', is_kept = $3, failure = $4, expires_at = ${now} + $5::bigint,
				key = case when $3 then key end
			where id = $1 and machine = $2 and state = 'live' returning id
		)
		select ${tell("$1")} from ended`,
	makeRoom: `
		delete from llmgw.shared_answer where id in (
			select id from (
				select id, sum(size) over (order by created_at desc, id) as total from llmgw.shared_answer where is_kept
			) as kept where total > $1::bigint)`,
	read: `
		select at, bytes from llmgw.shared_answer_part
		where answer = $1 and at >= coalesce(
			(select max(at) from llmgw.shared_answer_part where answer = $1 and at <= $2::bigint), 0)
		order by at limit 32`,
	renew: `
		update llmgw.shared_answer as one set lease_until = ${now} + $3::bigint, expires_at = ${now} + $3::bigint + $4::bigint
		where id = any($1) and machine = $2 and state = 'live' returning id, ${readership("one.id")}`,
	note: `
		with noted as (
			insert into llmgw.shared_answer_reader (answer, machine, readers, reads, valid_until)
			select id, $2, $3::bigint, $4::bigint, ${now} + $5::bigint from llmgw.shared_answer where id = $1
			on conflict (answer, machine) do update
				set readers = excluded.readers, reads = excluded.reads, valid_until = excluded.valid_until
			returning answer
		)
		select pg_notify('llmgw_answers', 'read ' || answer) from noted`,
	release: `
		with released as (
			update llmgw.shared_answer set lease_until = 0, machine = '' where id = $1 and machine = $2 and state = 'live'
			returning id
		)
		select pg_notify('llmgw_answers', 'grew ' || id) from released`,
	takeOver: `
		update llmgw.shared_answer set machine = $2, lease_until = ${now} + $3::bigint,
			expires_at = ${now} + $3::bigint + $4::bigint
		where id = $1 and state = 'live' and lease_until <= ${now} returning id`,
} as const;

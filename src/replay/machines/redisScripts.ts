/**
 * What is done to shared answers in Redis, each in one step. An answer is a hash, a string with the bytes of its file, and a hash of
 * those who read it; `ages` has all of them by the time at which they go, `kept` those that make room for others.
 */

const common = `
local P = 'llmw:answers:'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function release(id)
	local key = redis.call('HGET', P .. 'of:' .. id, 'key')
	if key and key ~= '' and redis.call('GET', P .. 'key:' .. key) == id then redis.call('DEL', P .. 'key:' .. key) end
end

local function drop(id)
	release(id)
	redis.call('DECRBY', P .. 'bytes', redis.call('HGET', P .. 'sizes', id) or 0)
	redis.call('HDEL', P .. 'sizes', id)
	local name = redis.call('HGET', P .. 'of:' .. id, 'name')
	if name then redis.call('DEL', P .. 'name:' .. name) end
	redis.call('DEL', P .. 'of:' .. id, P .. 'body:' .. id, P .. 'readers:' .. id)
	redis.call('ZREM', P .. 'ages', id)
	redis.call('ZREM', P .. 'kept', id)
end

local function keep(id, ms)
	local key = redis.call('HGET', P .. 'of:' .. id, 'key')
	redis.call('PEXPIRE', P .. 'of:' .. id, ms)
	redis.call('PEXPIRE', P .. 'body:' .. id, ms)
	redis.call('PEXPIRE', P .. 'readers:' .. id, ms)
	if key and key ~= '' and redis.call('GET', P .. 'key:' .. key) == id then redis.call('PEXPIRE', P .. 'key:' .. key, ms) end
	local name = redis.call('HGET', P .. 'of:' .. id, 'name')
	if name then redis.call('PEXPIRE', P .. 'name:' .. name, ms) end
	redis.call('ZADD', P .. 'ages', now + ms, id)
end

local function isOwn(id, machine)
	local facts = redis.call('HMGET', P .. 'of:' .. id, 'machine', 'state')
	return facts[1] == machine and facts[2] == 'live'
end

local function lease(id, ms, linger)
	redis.call('HSET', P .. 'of:' .. id, 'until', now + ms)
	keep(id, ms + linger)
end

-- Sum of those who read it on other machines.
local function readership(id)
	local readers, reads = 0, 0
	local all = redis.call('HVALS', P .. 'readers:' .. id)
	for _, text in ipairs(all) do
		local one = cjson.decode(text)
		if one[3] > now then readers = readers + one[1] end
		reads = reads + one[2]
	end
	return readers, reads, #all > 0
end

local function describe(id)
	local f = redis.call('HMGET', P .. 'of:' .. id, 'owner', 'key', 'fingerprint', 'state', 'kept', 'until', 'size', 'failure')
	if not f[1] then return false end
	local abandoned = f[4] == 'live' and tonumber(f[6]) <= now
	return { id, f[1], f[2], f[3], f[4], f[5], abandoned and '1' or '0', f[7], f[8], tostring(redis.call('PTTL', P .. 'of:' .. id)) }
end

local function tell(id)
	local _, _, anyone = readership(id)
	if anyone then redis.call('PUBLISH', P .. 'news', 'grew ' .. id) end
end
`;

export const scripts = {
	reserve: `${common}
		local id, owner, key, fingerprint, machine, leaseMs, linger = unpack(ARGV)
		for _, old in ipairs(redis.call('ZRANGEBYSCORE', P .. 'ages', '-inf', now, 'LIMIT', 0, 20)) do drop(old) end
		if key ~= '' then
			local holder = redis.call('GET', P .. 'key:' .. key)
			local found = holder and describe(holder)
			if found then return found end
			redis.call('SET', P .. 'key:' .. key, id)
		end
		redis.call('HSET', P .. 'of:' .. id, 'owner', owner, 'key', key, 'fingerprint', fingerprint, 'machine', machine,
			'state', 'live', 'kept', '0', 'size', '0', 'failure', '')
		lease(id, tonumber(leaseMs), tonumber(linger))
		return false`,
	named: `${common}
		local id = redis.call('GET', P .. 'name:' .. ARGV[1])
		return id and describe(id)`,
	name: `${common}
		local ms = redis.call('PTTL', P .. 'of:' .. ARGV[1])
		if ms > 0 then
			redis.call('HSET', P .. 'of:' .. ARGV[1], 'name', ARGV[2])
			redis.call('SET', P .. 'name:' .. ARGV[2], ARGV[1], 'PX', ms)
		end
		return 1`,
	describe: `${common}
		return describe(ARGV[1])`,
	append: `${common}
		local id, machine, at, bytes, leaseMs, linger, most = unpack(ARGV)
		if not isOwn(id, machine) then return { -1 } end
		local size = tonumber(redis.call('HGET', P .. 'of:' .. id, 'size'))
		local target = tonumber(at) + #bytes
		if target > size then
			if tonumber(at) ~= size then return { -1 } end
			while tonumber(redis.call('GET', P .. 'bytes') or 0) + #bytes > tonumber(most) do
				local oldest = redis.call('ZRANGE', P .. 'kept', 0, 0)[1]
				if not oldest then return { -2 } end
				drop(oldest)
			end
			redis.call('APPEND', P .. 'body:' .. id, bytes)
			redis.call('HSET', P .. 'of:' .. id, 'size', target)
			redis.call('HSET', P .. 'sizes', id, target)
			redis.call('INCRBY', P .. 'bytes', #bytes)
		end
		lease(id, tonumber(leaseMs), tonumber(linger))
		tell(id)
		local readers, reads = readership(id)
		return { readers, reads }`,
	finish: `${common}
		local id, machine, kept, failure, ms = unpack(ARGV)
		if not isOwn(id, machine) then return 0 end
		redis.call('HSET', P .. 'of:' .. id, 'state', 'ended', 'kept', kept, 'failure', failure)
		if kept == '1' then redis.call('ZADD', P .. 'kept', now, id) else release(id) end
		keep(id, tonumber(ms))
		tell(id)
		return 1`,
	read: `${common}
		local found = describe(ARGV[1])
		if not found then return false end
		found[11] = redis.call('GETRANGE', P .. 'body:' .. ARGV[1], ARGV[2], ARGV[2] + ARGV[3] - 1)
		return found`,
	renew: `${common}
		local answers = {}
		for at = 4, #ARGV do
			if isOwn(ARGV[at], ARGV[1]) then
				lease(ARGV[at], tonumber(ARGV[2]), tonumber(ARGV[3]))
				local readers, reads = readership(ARGV[at])
				table.insert(answers, readers)
				table.insert(answers, reads)
			else
				table.insert(answers, -1)
				table.insert(answers, -1)
			end
		end
		return answers`,
	note: `${common}
		local id, machine, readers, reads, ms = unpack(ARGV)
		if redis.call('EXISTS', P .. 'of:' .. id) == 0 then return 0 end
		redis.call('HSET', P .. 'readers:' .. id, machine, cjson.encode({ tonumber(readers), tonumber(reads), now + ms }))
		redis.call('PEXPIRE', P .. 'readers:' .. id, redis.call('PTTL', P .. 'of:' .. id))
		redis.call('PUBLISH', P .. 'news', 'read ' .. id)
		return 1`,
	release: `${common}
		if isOwn(ARGV[1], ARGV[2]) then redis.call('HSET', P .. 'of:' .. ARGV[1], 'until', 0, 'machine', '') end
		redis.call('PUBLISH', P .. 'news', 'grew ' .. ARGV[1])
		return 1`,
	take: `${common}
		local id, machine, leaseMs, linger = unpack(ARGV)
		local facts = redis.call('HMGET', P .. 'of:' .. id, 'state', 'until')
		if facts[1] ~= 'live' or tonumber(facts[2]) > now then return 0 end
		redis.call('HSET', P .. 'of:' .. id, 'machine', machine)
		lease(id, tonumber(leaseMs), tonumber(linger))
		return 1`,
} as const;

-- wrk's side of the booking row of bench.sh: POST /book, each with a patient's token and an Idempotency-Key of its own.

local function lines(name)
  local all = {}
  for line in io.lines(os.getenv("BENCH_FOLDER") .. "/" .. name) do all[#all + 1] = line end
  return all
end

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  math.randomseed(number + 100 * tonumber(string.match(os.getenv("BENCH_RUN"), "%d+")))
  tokens, doctors, days = lines("tokens"), lines("doctors"), lines("days")
  sent = 0
end

function request()
  sent = sent + 1
  local body = string.format('{"doctor_id":"%s","date":"%s"}', doctors[math.random(#doctors)], days[math.random(#days)])
  return wrk.format("POST", "/api/v1/book", {
    ["Authorization"] = "Bearer " .. tokens[math.random(#tokens)],
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("%s-%d-%d", os.getenv("BENCH_RUN"), number, sent),
  }, body)
end

#include "plan/most_memory.h"

#include "plan/active_profile.h"
#include "plan/choice_tokens.h"

#include <algorithm>

namespace lutgemm::plan {

Memory MemoryUpTo(const Request& request, const Choice& choice, size_t least, size_t most) {
  const Blocking blocking = MakeBlocking(request, choice);
  if (least == most)
    return MakeMemory(request, blocking, MakeSplit(request, choice, blocking, most));
  Memory memory;
  memory.threads = request.problem.threads;
  for (const Split& split : LargestSplits(request, choice, blocking, {least, most})) {
    const ScratchMemory scratch = MakeScratchMemory(request, blocking, split);
    if (scratch.bytes >= memory.scratch.bytes) memory.scratch = scratch;
    memory.tables = MakeTableMemory(blocking, split);
  }
  return memory;
}

Result<MostMemory> MostMemoryOf(const PackedWeights& weights, const Problem& problem,
                                size_t tokens) {
  Problem one = problem;
  one.m = tokens;
  const Result<Request> request = CheckProblem(weights, one);
  if (!request.ok()) return request.status();
  MostMemory most;
  Status failed;
  for (size_t begin = 1; begin <= tokens;) {
    // All of [begin, end] take one kernel.
    const size_t end = std::min(tokens, LastOfSameChoice(begin));
    one.m = begin;
    const Result<Choice> choice = Choose(weights, one, TheActiveProfile().profile);
    if (choice.ok()) {
      const Memory memory = MemoryUpTo(*request, *choice, begin, end);
      most.workspace_bytes = std::max(most.workspace_bytes, memory.workspace_bytes());
      most.table_bytes = std::max(most.table_bytes, memory.own_table_bytes());
    } else {
      failed = choice.status();
    }
    begin = end + 1;
  }
  if (most.workspace_bytes == 0) return failed;
  return most;
}

}  // namespace lutgemm::plan

#include <lutgemm/lutgemm.h>
#include <stdio.h>

static unsigned char memory[(1 << 20) + LUTGEMM_ALIGNMENT];

int main(void) {
  const float weights[16] = {1, -1, 1, -1, 1, -1, 1, -1, 1, 1, 1, 1, -1, -1, -1, -1};
  const float act[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  float out[2] = {0, 0};
  const size_t past = (size_t)memory % LUTGEMM_ALIGNMENT;
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  lutgemm_packed* packed = NULL;
  lutgemm_plan* plan = NULL;
  lutgemm_status status;
  matrix.data = weights, matrix.rows = 2, matrix.cols = 8;
  spec.format = LUTGEMM_TERNARY, spec.group = LUTGEMM_WHOLE_ROW;
  problem.mode = LUTGEMM_EXACT;
  args.act = act, args.out = out;
  args.workspace = memory + (LUTGEMM_ALIGNMENT - past) % LUTGEMM_ALIGNMENT;
  args.workspace_bytes = 1 << 20;
  status = lutgemm_pack(&matrix, &spec, NULL, &packed);
  if (status == LUTGEMM_OK) status = lutgemm_plan_create(packed, &problem, &plan);
  if (status == LUTGEMM_OK) status = lutgemm_run(plan, &args);
  if (status != LUTGEMM_OK) fprintf(stderr, "%s\n", lutgemm_last_error());
  lutgemm_plan_free(plan);
  lutgemm_packed_free(packed);
  printf("lutgemm %s: %g %g, expected about -4 -16\n", lutgemm_version(), out[0], out[1]);
  return !(status == LUTGEMM_OK && out[0] > -4.4 && out[0] < -3.6 && out[1] > -16.4 &&
           out[1] < -15.6);
}

// All of lutgemm's C++20 interface.
#ifndef LUTGEMM_LUTGEMM_HPP_
#define LUTGEMM_LUTGEMM_HPP_

#include <lutgemm/version.h>
#include <lutgemm/channel_order.hpp>
#include <lutgemm/codebook.hpp>
#include <lutgemm/experts.hpp>
#include <lutgemm/import.hpp>
#include <lutgemm/io.hpp>
#include <lutgemm/kv_cache.hpp>
#include <lutgemm/plan.hpp>
#include <lutgemm/status.hpp>
#include <lutgemm/threads.hpp>
#include <lutgemm/types.hpp>
#include <lutgemm/weights.hpp>

#endif  // LUTGEMM_LUTGEMM_HPP_

// All of liblutgemm_model's interface: the LUT Tensor Core in software.
#ifndef LUTGEMM_MODEL_MODEL_HPP_
#define LUTGEMM_MODEL_MODEL_HPP_

#include <lutgemm/model/bitserial.hpp>
#include <lutgemm/model/cost.hpp>
#include <lutgemm/model/explore.hpp>
#include <lutgemm/model/machine.hpp>
#include <lutgemm/model/product.hpp>
#include <lutgemm/model/program.hpp>
#include <lutgemm/model/shape.hpp>

#endif  // LUTGEMM_MODEL_MODEL_HPP_

#ifndef LUTGEMM_EXAMPLES_LLAMA_BLOCKS_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_BLOCKS_HPP_
#include <lutgemm/lutgemm.hpp>
namespace llama {
lutgemm::Result<lutgemm::QuantizedMatrix> ImportTensor(const lutgemm::FileTensor& tensor,
                                                       lutgemm::Threads* threads);
}
#endif

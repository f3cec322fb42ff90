#include "protocols/grappa/memory.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "sim/base/error.hpp"

namespace dsmsim::grappa {

// ---- locks

bool Mutex::holds(ThreadId thread) const {
  return owner == thread || std::find(readers.begin(), readers.end(), thread) != readers.end();
}

void Mutex::take(ThreadId thread, bool shared) {
  if (shared) {
    readers.push_back(thread);
  } else {
    owner = thread;
  }
}

void Mutex::give_back(ThreadId thread) {
  if (owner == thread) {
    owner = ThreadId();
  } else if (const auto reader = std::find(readers.begin(), readers.end(), thread);
             reader != readers.end()) {
    readers.erase(reader);
  }
}

Mutex& Memory::mutex(ObjectId object) {
  Placed& placed = objects_[object.index()];
  if (placed.mutex == kNone) {
    placed.mutex = static_cast<std::uint32_t>(mutexes_.size());
    mutexes_.emplace_back();
  }
  return mutexes_[placed.mutex];
}

const Mutex* Memory::find_mutex(ObjectId object) const {
  const std::uint32_t index = at(object).mutex;
  return index == kNone ? nullptr : &mutexes_[index];
}

// ---- objects

std::size_t Memory::unit_class(std::uint32_t count) {
  return static_cast<std::size_t>(std::bit_width(std::bit_ceil(count)) - 1);
}

/// Names for so many blocks in a row.
std::uint32_t Memory::take_units(std::uint32_t count) {
  const std::size_t size_class = unit_class(count);
  if (size_class < free_units_.size() && !free_units_[size_class].empty()) {
    const std::uint32_t first = free_units_[size_class].back();
    free_units_[size_class].pop_back();
    return first;
  }
  const auto first = static_cast<std::uint32_t>(names_.size());
  names_.resize(names_.size() + std::bit_ceil(count));
  return first;
}

bool Memory::allocate(ObjectId object, Bytes size, OpToken token, bool overlapping) {
  const Bytes wanted = align_ ? std::max(size, layout_.block()) : size;
  const std::optional<std::uint64_t> offset = buddy_.allocate(wanted);
  if (!offset) {
    return false;
  }
  if (objects_.size() <= object.index()) {
    objects_.resize(object.index() + 1);
  }
  Placed& placed = objects_[object.index()];
  placed.address = LinearAddress(*offset);
  if (overlapping) {
    placed.address = LinearAddress(std::bit_floor(buddy_.heap().count()) -
                                   std::bit_ceil(std::max<std::uint64_t>(wanted.count(), 1)));
  }
  placed.size = size;
  const std::uint32_t count = blocks(size);
  placed.first_unit = take_units(count);
  for (std::uint32_t unit = placed.first_unit; unit < placed.first_unit + count; ++unit) {
    names_[unit] = witness_ != nullptr ? token : 0;
    if (witness_ != nullptr) {
      witness_->created(unit, token);
    }
  }
  return true;
}

void Memory::release(ObjectId object) {
  Placed& placed = objects_[object.index()];
  buddy_.release(placed.address.value());
  const std::size_t size_class = unit_class(blocks(placed.size));
  if (free_units_.size() <= size_class) {
    free_units_.resize(size_class + 1);
  }
  free_units_[size_class].push_back(placed.first_unit);
  placed.address = LinearAddress();
}

// ---- delegates

std::uint64_t Memory::read(ObjectId object, std::uint32_t block, Bytes offset, Bytes length,
                           OpToken token) const {
  const std::uint32_t unit = at(object).first_unit + block;
  if (witness_ != nullptr) {
    witness_->read(token, {unit, offset, length}, names_[unit]);
  }
  return names_[unit];
}

std::uint64_t Memory::write(ObjectId object, std::uint32_t block, Bytes offset, Bytes length,
                            OpToken token) {
  const std::uint32_t unit = at(object).first_unit + block;
  std::uint64_t& name = names_[unit];
  const std::uint64_t base = name;
  name = witness_ != nullptr ? token : base + 1;
  if (witness_ != nullptr) {
    witness_->wrote(token, {unit, offset, length}, base);
  }
  return name;
}

std::uint64_t& Memory::word(ObjectId object, Bytes offset) {
  Placed& placed = objects_[object.index()];
  if (placed.words == kNone) {
    placed.words = static_cast<std::uint32_t>(words_.size());
    words_.emplace_back((placed.size.count() + 7) / 8);
  }
  return words_[placed.words][offset.count() / 8];
}

WordBit& Memory::bit(ObjectId object, Bytes offset) {
  Placed& placed = objects_[object.index()];
  if (placed.bits == kNone) {
    placed.bits = static_cast<std::uint32_t>(bits_.size());
    bits_.emplace_back((placed.size.count() + 7) / 8);
  }
  return bits_[placed.bits][offset.count() / 8];
}

std::uint64_t Memory::atomic(OpKind kind, ObjectId object, Bytes offset, std::uint64_t operand,
                             std::uint64_t expected) {
  return apply_atomic(kind, word(object, offset), operand, expected);
}

// ---- for checkers

void Memory::check() const {
  buddy_.check();
  std::vector<std::uint64_t> chunks;
  for (const Placed& placed : objects_) {
    if (placed.address.valid()) {
      chunks.push_back(placed.address.value());
      if (buddy_.size_of(chunks.back()) < placed.size) {
        throw Error(ExitCode::incoherent, "grappa: the object at " + std::to_string(chunks.back()) +
                                              " of the heap is larger than its chunk");
      }
    }
  }
  std::sort(chunks.begin(), chunks.end());
  if (const auto twice = std::adjacent_find(chunks.begin(), chunks.end()); twice != chunks.end()) {
    throw Error(ExitCode::incoherent,
                "grappa: two objects lie at " + std::to_string(*twice) + " of the heap");
  }
}

}  // namespace dsmsim::grappa

#include "exports/listing.hpp"

#include <ostream>

#include "exports/output_file.hpp"

namespace cs::exports {

std::string listing_line(const records::Row& row) {
  return std::to_string(row.id) + '\t' + (row.label < 0 ? "" : std::to_string(row.label)) + '\t' +
         row.class_name + '\t' + row.name;
}

void write_list(std::ostream& out, const store::Dataset& dataset) {
  out << '#' << kListingColumns << '\n';
  records::Rows rows(dataset);
  for (std::uint64_t i = 0; i < dataset.count() && out; ++i)
    out << listing_line(rows.next()) << '\n';
}

void write_index(const Pending& folder, const store::Dataset& dataset) {
  OutputFile index(folder, "index.tsv");
  write_list(index.stream(), dataset);
  index.close();
}

}  // namespace cs::exports

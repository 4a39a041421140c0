# Read a facevalue export with base R (4.2 or later).
#
#   Rscript read_export.R          prints what is there
#   source("read_export.R")        gives the list `facevalue`:
#   facevalue$trials, facevalue$ratings, facevalue$participants, facevalue$stimuli, facevalue$events
#
# Codes are factors, whose levels are the codes; with_labels(x) puts their meanings in place of them.
# Booleans are logical, times POSIXct in UTC. attr(x, "label") says what a column means.
# Where the package arrow is installed the Parquet files are read, which is faster; both give the same.

read_export <- function(folder, parquet = requireNamespace("arrow", quietly = TRUE)) {
  dictionary <- read.csv(file.path(folder, "data_dictionary_en.csv"), colClasses = "character",
                         na.strings = character(), encoding = "UTF-8")
  tables <- unique(dictionary$table)
  names(tables) <- tables
  lapply(tables, function(table) {
    described <- dictionary[dictionary$table == table, ]
    columns <- described[described$type != "value", ]
    raw <- if (parquet) {
      as.data.frame(arrow::read_parquet(file.path(folder, "parquet", paste0(table, ".parquet"))))
    } else {
      file <- list.files(file.path(folder, "data"), paste0("_description-", table, "_data[.]csv$"),
                         full.names = TRUE)
      read.csv(file, colClasses = "character", na.strings = "", encoding = "UTF-8", check.names = FALSE)
    }
    for (i in seq_len(nrow(columns))) {
      column <- columns$column[i]
      values <- described[described$type == "value" & described$column == column & described$block == "", ]
      raw[[column]] <- typed(raw[[column]], columns$type[i], values)
      attr(raw[[column]], "label") <- columns$meaning[i]
    }
    raw
  })
}

typed <- function(x, type, values) {
  if (type == "code") {
    x <- factor(as.character(x), levels = values$value)
    attr(x, "labels") <- values$meaning
    return(x)
  }
  if (is.character(x)) x[!is.na(x) & x == ""] <- NA
  switch(type,
    integer = whole(x),
    number = as.numeric(x),
    boolean = if (is.character(x)) x == "true" else as.logical(x),
    datetime = if (is.character(x)) as.POSIXct(x, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
               else as.POSIXct(x, tz = "UTC"),
    as.character(x)
  )
}

# R's integers end at 2147483647; a column with a larger number becomes numeric.
whole <- function(x) {
  x <- as.numeric(x)
  if (all(is.na(x) | abs(x) <= .Machine$integer.max)) as.integer(x) else x
}

with_labels <- function(x) factor(x, levels = levels(x), labels = attr(x, "labels"))

# Where this file is, however it was started.
export_folder <- function() {
  script <- grep("^--file=", commandArgs(FALSE), value = TRUE)
  sourced <- Filter(Negate(is.null), lapply(sys.frames(), function(frame) frame$ofile))
  if (length(sourced)) return(dirname(normalizePath(sourced[[length(sourced)]])))
  if (length(script)) return(dirname(normalizePath(sub("^--file=", "", script[1]))))
  getwd()
}

facevalue <- read_export(export_folder())

if (sys.nframe() == 0) {
  for (table in names(facevalue)) {
    cat(sprintf("%s: %d rows, %d columns\n", table, nrow(facevalue[[table]]), ncol(facevalue[[table]])))
  }
}

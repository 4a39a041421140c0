# The values of tests/analysis/test_repeated_measures.py, with base R alone:
#   Rscript tests/reference/repeated_measures.R tests/reference/repeated_measures.csv
options(digits = 12)
data <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
print(summary(aov(score ~ group * level + Error(participant / level), data)))
wide <- reshape(data, idvar = c("participant", "group"), timevar = "level", direction = "wide")
scores <- as.matrix(wide[, 3:5])
print(anova(lm(scores ~ group, wide), X = ~1, test = "Spherical"))
print(anova(lm(scores ~ 1), X = ~1, test = "Spherical"))

# Fit jobs with lme4, lmerTest, glmmTMB or ordinal: Rscript mixed_engines.R jobs.csv results.csv
# jobs.csv: job, engine, link, formula, data. results.csv: job, name, value (loglik, cpu_s, b:<term>, se:<term>).
arguments <- commandArgs(trailingOnly = TRUE)
jobs <- read.csv(arguments[1], stringsAsFactors = FALSE)

fit_one <- function(engine, link, formula, data) {
  formula <- as.formula(formula)
  switch(engine,
    glmer = lme4::glmer(formula, data, family = binomial(link)),
    glmer_tight = lme4::glmer(formula, data, family = binomial(link), control = lme4::glmerControl(
      optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(maxfun = 1e5), calc.derivs = FALSE)),
    glmmTMB = glmmTMB::glmmTMB(formula, data, family = binomial(link)),
    lmerTest = lmerTest::lmer(formula, data),
    clmm = {
      data[[all.vars(formula)[1]]] <- factor(data[[all.vars(formula)[1]]])
      ordinal::clmm(formula, data, link = link)
    })
}

numbers <- function(engine, fit) {
  if (engine == "lmerTest") {
    table <- coef(summary(fit))
    return(c(setNames(table[, 1], paste0("b:", rownames(table))),
             setNames(table[, 2], paste0("se:", rownames(table))),
             setNames(table[, 3], paste0("df:", rownames(table)))))
  }
  table <- if (engine == "glmmTMB") coef(summary(fit))$cond else coef(summary(fit))
  c(setNames(table[, 1], paste0("b:", rownames(table))), setNames(table[, 2], paste0("se:", rownames(table))))
}

results <- list()
for (i in seq_len(nrow(jobs))) {
  job <- jobs[i, ]
  data <- read.csv(job$data, stringsAsFactors = FALSE)
  suppressMessages(requireNamespace(sub("glmer.*", "lme4", sub("clmm", "ordinal", job$engine))))
  before <- proc.time()
  fit <- suppressMessages(suppressWarnings(fit_one(job$engine, job$link, job$formula, data)))
  values <- numbers(job$engine, fit)
  cpu <- sum((proc.time() - before)[c("user.self", "sys.self")])
  values <- c(loglik = as.numeric(logLik(fit)), cpu_s = cpu, values)
  results[[i]] <- data.frame(job = job$job, name = names(values), value = as.numeric(values))
}
write.csv(do.call(rbind, results), arguments[2], row.names = FALSE)

# Fit jobs with lme4, lmerTest, glmmTMB or ordinal: Rscript mixed_engines.R jobs.csv results.csv
# jobs.csv: job, engine, link, formula, data. results.csv: job, name, value (loglik, cpu_s, wall_s,
# b:<term>, se:<term>, df:<term>, sd:<group>:<term>).
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

deviations <- function(engine, fit) {
  if (engine == "lmerTest" || grepl("^glmer", engine)) {
    table <- as.data.frame(lme4::VarCorr(fit))
    table <- table[is.na(table$var2) & table$grp != "Residual", ]
    return(setNames(table$sdcor, paste0("sd:", table$grp, ":", table$var1)))
  }
  parts <- if (engine == "glmmTMB") glmmTMB::VarCorr(fit)$cond else ordinal::VarCorr(fit)
  unlist(lapply(names(parts), function(group) {
    sd <- attr(parts[[group]], "stddev")
    setNames(sd, paste0("sd:", group, ":", names(sd)))
  }))
}

results <- list()
for (i in seq_len(nrow(jobs))) {
  job <- jobs[i, ]
  data <- read.csv(job$data, stringsAsFactors = FALSE)
  suppressMessages(requireNamespace(sub("glmer.*", "lme4", sub("clmm", "ordinal", job$engine))))
  before <- proc.time()
  fit <- suppressMessages(suppressWarnings(fit_one(job$engine, job$link, job$formula, data)))
  values <- numbers(job$engine, fit)
  spent <- proc.time() - before
  values <- c(loglik = as.numeric(logLik(fit)), cpu_s = sum(spent[c("user.self", "sys.self")]),
              wall_s = spent[["elapsed"]], values, deviations(job$engine, fit))
  results[[i]] <- data.frame(job = job$job, name = names(values), value = as.numeric(values))
}
write.csv(do.call(rbind, results), arguments[2], row.names = FALSE)

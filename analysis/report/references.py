"""What the report cites, in the style of the APA; only what some section cites is listed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analysis.report.content import Paragraph, Section

#: first author and year → the work, ``*set off*`` as in Markdown
REFERENCES: dict[str, str] = {
    "balas2017": "Balas, B., & Pacella, J. (2017). Trustworthiness perception is disrupted in "
    "artificial faces. *Computers in Human Behavior*, *77*, 240–248.",
    "barr2013": "Barr, D. J., Levy, R., Scheepers, C., & Tily, H. J. (2013). Random effects structure"
    " for confirmatory hypothesis testing: Keep it maximal. *Journal of Memory and "
    "Language*, *68*(3), 255–278.",
    "bates2015": "Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear "
    "mixed-effects models using lme4. *Journal of Statistical Software*, *67*(1), 1–48.",
    "benjamini1995": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: A "
    "practical and powerful approach to multiple testing. *Journal of the Royal "
    "Statistical Society: Series B*, *57*(1), 289–300.",
    "burnham2002": "Burnham, K. P., & Anderson, D. R. (2002). *Model selection and multimodel inference:"
    " A practical information-theoretic approach* (2nd ed.). Springer.",
    "davison1997": "Davison, A. C., & Hinkley, D. V. (1997). *Bootstrap methods and their application*. "
    "Cambridge University Press.",
    "decarlo1998": "DeCarlo, L. T. (1998). Signal detection theory and generalized linear models. "
    "*Psychological Methods*, *3*(2), 186–205.",
    "diel2024": "Diel, A., Lalgi, T., Schröter, I. C., MacDorman, K. F., Teufel, M., & Bäuerle, A. "
    "(2024). Human performance in detecting deepfakes: A systematic review and "
    "meta-analysis of 56 papers. *Computers in Human Behavior Reports*, *16*, 100538.",
    "fleming2014": "Fleming, S. M., & Lau, H. C. (2014). How to measure metacognition. *Frontiers in "
    "Human Neuroscience*, *8*, 443.",
    "fleming2017": "Fleming, S. M. (2017). HMeta-d: Hierarchical Bayesian estimation of metacognitive "
    "efficiency from confidence ratings. *Neuroscience of Consciousness*, *2017*(1), "
    "nix007.",
    "galvin2003": "Galvin, S. J., Podd, J. V., Drga, V., & Whitmore, J. (2003). Type 2 tasks in the "
    "theory of signal detectability: Discrimination between correct and incorrect "
    "decisions. *Psychonomic Bulletin & Review*, *10*(4), 843–876.",
    "hautus1995": "Hautus, M. J. (1995). Corrections for extreme proportions and their biasing effects "
    "on estimated values of d′. *Behavior Research Methods, Instruments, & Computers*, "
    "*27*(1), 46–51.",
    "hoerl1970": "Hoerl, A. E., & Kennard, R. W. (1970). Ridge regression: Biased estimation for "
    "nonorthogonal problems. *Technometrics*, *12*(1), 55–67.",
    "holm1979": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. "
    "*Scandinavian Journal of Statistics*, *6*(2), 65–70.",
    "judd2012": "Judd, C. M., Westfall, J., & Kenny, D. A. (2012). Treating stimuli as a random "
    "factor in social psychology: A new and comprehensive solution to a pervasive but "
    "largely ignored problem. *Journal of Personality and Social Psychology*, *103*(1), "
    "54–69.",
    "kamali2025": "Kamali, N., Nakamura, K., Kumar, A., Chatzimparmpas, A., Hullman, J., & Groh, M. "
    "(2025). Characterizing photorealism and artifacts in diffusion model-generated "
    "images. *Proceedings of the 2025 CHI Conference on Human Factors in Computing "
    "Systems*. doi:10.1145/3706598.3713962",
    "kuznetsova2017": "Kuznetsova, A., Brockhoff, P. B., & Christensen, R. H. B. (2017). lmerTest package: "
    "Tests in linear mixed effects models. *Journal of Statistical Software*, *82*(13), "
    "1–26.",
    "lakens2017": "Lakens, D. (2017). Equivalence tests: A practical primer for t tests, correlations, "
    "and meta-analyses. *Social Psychological and Personality Science*, *8*(4), 355–362.",
    "lichtenstein1982": "Lichtenstein, S., Fischhoff, B., & Phillips, L. D. (1982). Calibration of "
    "probabilities: The state of the art to 1980. In D. Kahneman, P. Slovic, & A. Tversky"
    " (Eds.), *Judgment under uncertainty: Heuristics and biases* (pp. 306–334). "
    "Cambridge University Press.",
    "liddell2018": "Liddell, T. M., & Kruschke, J. K. (2018). Analyzing ordinal data with metric models:"
    " What could possibly go wrong? *Journal of Experimental Social Psychology*, *79*, "
    "328–348.",
    "liefooghe2023": "Liefooghe, B., Oliveira, M., Leisten, L. M., Hoogers, E., Aarts, H., & Hortensius, "
    "R. (2023). Are natural faces merely labelled as artificial trusted less? *Collabra: "
    "Psychology*, *9*(1), 73066.",
    "macmillan2005": "Macmillan, N. A., & Creelman, C. D. (2005). *Detection theory: A user's guide* (2nd "
    "ed.). Lawrence Erlbaum.",
    "maniscalco2012": "Maniscalco, B., & Lau, H. (2012). A signal detection theoretic approach for "
    "estimating metacognitive sensitivity from confidence ratings. *Consciousness and "
    "Cognition*, *21*(1), 422–430.",
    "matuschek2017": "Matuschek, H., Kliegl, R., Vasishth, S., Baayen, H., & Bates, D. (2017). Balancing "
    "Type I error and power in linear mixed models. *Journal of Memory and Language*, "
    "*94*, 305–315.",
    "mcgraw1996": "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass "
    "correlation coefficients. *Psychological Methods*, *1*(1), 30–46.",
    "miller2023": "Miller, E. J., Steward, B. A., Witkower, Z., Sutherland, C. A. M., Krumhuber, E. G.,"
    " & Dawel, A. (2023). AI hyperrealism: Why AI faces are perceived as more real than "
    "human ones. *Psychological Science*, *34*(12), 1390–1403.",
    "mundlak1978": "Mundlak, Y. (1978). On the pooling of time series and cross section data. "
    "*Econometrica*, *46*(1), 69–85.",
    "nightingale2022": "Nightingale, S. J., & Farid, H. (2022). AI-synthesized faces are indistinguishable "
    "from real faces and more trustworthy. *Proceedings of the National Academy of "
    "Sciences*, *119*(8), e2120481119.",
    "owen2007": "Owen, A. B. (2007). The pigeonhole bootstrap. *Annals of Applied Statistics*, "
    "*1*(2), 386–411.",
    "parsons2019": "Parsons, S., Kruijt, A.-W., & Fox, E. (2019). Psychological science needs a standard"
    " practice of reporting the reliability of cognitive-behavioral measurements. "
    "*Advances in Methods and Practices in Psychological Science*, *2*(4), 378–395.",
    "ratcliff1993": "Ratcliff, R. (1993). Methods for dealing with reaction time outliers. *Psychological"
    " Bulletin*, *114*(3), 510–532.",
    "satterthwaite1946": "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance "
    "components. *Biometrics Bulletin*, *2*(6), 110–114.",
    "schuirmann1987": "Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the "
    "power approach for assessing the equivalence of average bioavailability. *Journal of"
    " Pharmacokinetics and Biopharmaceutics*, *15*(6), 657–680.",
    "shrout1979": "Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: Uses in assessing "
    "rater reliability. *Psychological Bulletin*, *86*(2), 420–428.",
    "simonsohn2020": "Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis."
    " *Nature Human Behaviour*, *4*, 1208–1214.",
    "snodgrass1988": "Snodgrass, J. G., & Corwin, J. (1988). Pragmatics of measuring recognition memory: "
    "Applications to dementia and amnesia. *Journal of Experimental Psychology: General*,"
    " *117*(1), 34–50.",
    "steegen2016": "Steegen, S., Tuerlinckx, F., Gelman, A., & Vanpaemel, W. (2016). Increasing "
    "transparency through a multiverse analysis. *Perspectives on Psychological Science*,"
    " *11*(5), 702–712.",
    "todorov2009": "Todorov, A., Pakrashi, M., & Oosterhof, N. N. (2009). Evaluating faces on "
    "trustworthiness after minimal time exposure. *Social Cognition*, *27*(6), 813–833.",
    "tucciarelli2022": "Tucciarelli, R., Vehar, N., Chandaria, S., & Tsakiris, M. (2022). On the realness of"
    " people who do not exist: The social processing of artificial faces. *iScience*, "
    "*25*(12), 105441.",
    "westfall1993": "Westfall, P. H., & Young, S. S. (1993). *Resampling-based multiple testing: Examples"
    " and methods for p-value adjustment*. Wiley.",
    "westfall2014": "Westfall, J., Kenny, D. A., & Judd, C. M. (2014). Statistical power and optimal "
    "design in experiments in which samples of participants respond to samples of "
    "stimuli. *Journal of Experimental Psychology: General*, *143*(5), 2020–2045.",
    "willis2006": "Willis, J., & Todorov, A. (2006). First impressions: Making up your mind after a "
    "100-ms exposure to a face. *Psychological Science*, *17*(7), 592–598.",
    "wilson1927": "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical "
    "inference. *Journal of the American Statistical Association*, *22*(158), 209–212.",
    "winkler2015": "Winkler, A. M., Webster, M. A., Vidaurre, D., Nichols, T. E., & Smith, S. M. (2015)."
    " Multi-level block permutation. *NeuroImage*, *123*, 253–268.",
    "yarkoni2017": "Yarkoni, T., & Westfall, J. (2017). Choosing prediction over explanation in "
    "psychology: Lessons from machine learning. *Perspectives on Psychological Science*, "
    "*12*(6), 1100–1122.",
}


def reference(key: str) -> str:
    """The work behind a key: first author and year, whatever stands between (``holm1979``, ``holm-1979``).

    A key that is not known stands for itself, so that the report shows what is missing.
    """
    parts = re.match(r"([a-z]+).*?(\d{4})", key.lower())
    return REFERENCES.get("".join(parts.groups()) if parts else key, key)


def cited(sections: Iterable[Section]) -> tuple[str, ...]:
    """Every work that a section cites, once, in alphabetical order."""
    works = {reference(key) for section in sections for key in section.references}
    return tuple(sorted(works, key=str.casefold))


def references_section(sections: Iterable[Section]) -> Section | None:
    """The list of references; None where nothing is cited."""
    works = cited(sections)
    if not works:
        return None
    return Section("references", "References", tuple(Paragraph(work) for work in works))

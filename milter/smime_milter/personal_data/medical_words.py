"""German words for illnesses, injuries, treatments and medicines, and how such words end."""

from __future__ import annotations

# Word by word, as they are written at the beginning or alone; inflected forms where they are usual
TERMS = frozenset(
    """ADHS ADS AIDS Adipositas Alkoholabhängigkeit Alkoholismus Allergie Allergien Allergiker Allergikerin
    Alzheimer Amputation Anämie Angina Angststörung Angststörungen Anorexie Arthrose Asthma Autismus Bandscheibenvorfall
    Bestrahlung
    Bestrahlungen Blasenkrebs Bluthochdruck Bulimie Burnout Burn-out COPD CRPS Chemo Chemotherapie Colitis Cortison Darmkrebs
    Darmspiegelung Demenz Depression Depressionen Dialyse Diabetes Diabetiker Diabetikerin Distorsion Drogensucht Ekzem
    Embolie Entzugsklinik
    Epilepsie Erwerbsminderung Fehlgeburt Fibromyalgie Frühgeburt Gastritis Gehirnerschütterung Gicht HIV HIV-positiv
    Hautkrebs Hepatitis
    Herzinfarkt Herzkatheter Herzrhythmusstörungen Herzschrittmacher Herzschwäche Hirnblutung Hirntumor Hüft-TEP Hypertonie
    Hypothyreose
    Hämatom Hörsturz Ischias Karzinom Knie-TEP Knorpelschaden Krebserkrankung Kreuzbandriss Kreuzbandplastik Kreuzbandruptur
    Laktoseintoleranz
    Leukämie Lungenkrebs Lungenembolie Lungenentzündung Lymphom Magersucht Magengeschwür Mammakarzinom Meniskusriss Meniskusnaht
    Meniskusschaden Metastasen Migräne Multiple-Sklerose Neurodermitis Neurose Niereninsuffizienz Nierensteine Osteoporose PTBS
    PEG-Sonde Panikattacken Parkinson Pflegefall Polyneuropathie Prellung Prellungen Prostatakrebs Prothese Psoriasis Psychose
    Psychotherapie Querschnittslähmung Querschnittlähmung Reizdarm Rheuma Rollator Rollstuhl Rückenleiden
    Schilddrüsenunterfunktion
    Schizophrenie Schlafapnoe Schlaganfall Schleudertrauma Schlüsselbeinbruch Schuppenflechte Schwangerschaft Skoliose Stoma
    Suizidversuch
    Stent Stents Tagesklinik Thrombose Tinnitus Totgeburt Transplantation Trisomie Trümmerbruch Tumor Tuberkulose Verbrennungen
    Verstauchung Wirbelbruch Zerrung Zuckerkrankheit Zwangsstörung bipolar depressiv inkontinent pflegebedürftig
    querschnittsgelähmt
    schizophren schwerbehindert schwerhörig suizidal zuckerkrank krebskrank herzkrank alkoholabhängig alkoholkrank
    drogenabhängig
    dement schwanger erblindet gehörlos
    ASS Amlodipin Aripiprazol Bisoprolol Candesartan Carbamazepin Citalopram Clopidogrel Diclofenac Duloxetin Eliquis Enalapril
    Escitalopram Fentanyl Fluoxetin Gabapentin Humira Ibuprofen Insulin Interferon Lamotrigin Levetiracetam Levodopa Lithium
    Lorazepam
    L-Thyroxin Levothyroxin Marcumar Medikinet Metamizol Metformin Methadon Methotrexat Methylphenidat Metoprolol Mirtazapin
    Morphin
    Novalgin Olanzapin Omeprazol Opipramol Oxycodon Ozempic Pantoprazol Paroxetin Prednisolon Pregabalin Quetiapin Ramipril
    Risperidon
    Ritalin Rivaroxaban Salbutamol Sertralin Simvastatin Atorvastatin Tamoxifen Tavor Tilidin Torasemid Tramadol Valproat
    Venlafaxin
    Xarelto Zopiclon""".split()
)
# A longer word with one of these endings is a diagnosis, an operation or a medicine.
ENDINGS = (
    "fraktur", "frakturen", "ruptur", "syndrom", "stenose", "karzinom", "insuffizienz", "infarkt", "ektomie", "skopie",
    "pathie",
    "plastik", "thrombose", "embolie", "sklerose", "arthrose", "prolaps", "neurose", "psychose", "depression", "demenz",
    "diabetes",
    "krebs", "tumor", "leukämie", "hypertonie", "itis", "algie", "parese", "plegie", "amputation", "transplantation", "störung",
    "bruch", "riss", "vorfall", "schaden", "krankheit", "erkrankung", "leiden", "entzündung", "prellung", "zerrung", "sucht",
    "sartan", "statin", "prazol", "azepam", "gliptin", "cillin", "triptan", "dipin", "tinib", "oxetin",
)
# These endings say it only behind a part of the body or the like.
AMBIGUOUS_ENDINGS = frozenset(
    "bruch riss vorfall schaden störung krankheit erkrankung leiden sucht plastik entzündung demenz".split()
)
BODY = (
    "achill", "arm", "angst", "arthro", "atem", "auge", "alkohol", "band", "bandscheiben", "bauch", "becken", "bein",
    "blasen", "blut",
    "brust", "darm", "drogen", "ess", "finger", "fuß", "gallen", "gehirn", "gelenk", "gefäß", "haut", "hand", "herz",
    "hirn", "hör", "hüft",
    "innenband", "kiefer", "knie", "knöchel", "knochen", "knorpel", "kopf", "kreuzband", "krebs", "leber", "leisten",
    "lungen", "magen",
    "meniskus", "muskel", "nabel", "nasen", "nerven", "nieren", "oberarm", "oberschenkel", "panik", "persönlichkeits", "rippen",
    "rotatoren", "rücken", "schädel", "schien", "schilddrüsen", "schlaf", "schlüsselbein", "schulter", "schluck", "sehnen",
    "spiel",
    "sprunggelenk", "stoffwechsel", "trümmer", "unterarm", "unterschenkel", "wirbel", "zahn", "zehen", "zwangs",
    "belastungs", "bewegungs",
    "durchblutungs", "ernährungs", "gedächtnis", "gleichgewichts", "sprach", "hormon", "abhängigkeits", "sehnen", "mager",
    "krebs", "grund",
    "vor", "infektions", "auto-immun", "autoimmun", "geistes", "zucker", "dauer", "nerven", "suchtmittel",
)
NO_TERMS = frozenset(
    "Sinnkrise Kritis Skopie Plastik Sehnsucht Eifersucht Gewinnsucht Vorschaden Vorleiden Vorkrankheit Vorstörung Kopfschaden"
    " Handbruch Grundschaden Bandriss Zahnriss Blutspende Depressionsgebiet Schadendepression Vorerkrankung".split()
)

"""The manual of the Aurora X2, an invented espresso machine: its title, its imprint and its text in `make_pdf` markup.

The product, its maker and every number are made up for this demo.
"""

from __future__ import annotations

from ragqa.demo import espresso_care, espresso_front, espresso_service, espresso_use

TITLE = "Aurora X2 Espresso Machine \N{EN DASH} User Manual"
HEADER = TITLE
MAKER = "Tervano"
PRODUCT = "Aurora X2"
KIND = "Semi-automatic espresso machine with grinder"
DOCUMENT_CODE = "AX2-UM-EN, Rev. 4.2"
IMPRINT = (
    "User manual for the models AX2-230 and AX2-120",
    "Translation of the original instructions, edition of March 2025",
    "Tervano Appliances, 12 Mill Lane, Harrowdale",
)

TEXT = espresso_front.TEXT + espresso_use.TEXT + espresso_care.TEXT + espresso_service.TEXT

# Where long words of the two-column chapters may be broken.
HYPHENATION = """
approx-i-mate-ly aro-matic atmo-spher-ic author-ised bas-ket break-fast brew-ing cal-cium capa-bil-i-ties
car-bon-a-tion car-di-ac Cara-mel-ised cham-ber Chan-nel-ling Chil-dren chil-dren clean-ing Com-mer-cial Com-press-ing
con-duc-tors con-duct con-nect-ed con-nects con-sult cor-re-sponds count-ing dam-aged de-scal-er De-scal-ing
de-scal-ing de-signed de-tect de-ter-gent diox-ide Dis-solv-ing dis-solved Dis-tilled dis-tilled Dis-trib-u-tion
dis-trib-utes drink-ing dur-a-ble earth-ed elec-tri-cal elec-tri-cian elec-tric elec-tric-i-ty elec-tron-ics
Es-pres-so es-pres-so ex-am-ined ex-ten-sion ex-tin-guish-er Ex-trac-tion ex-trac-tion ex-tract-ing fla-voured
For-ma-tion grind-er hous-ing house-holds im-me-di-ate-ly im-merse in-fants in-fu-sion in-stalled in-struct-ed
in-su-la-tion in-tend-ed ir-ri-tate kitch-ens lon-ger loos-en ma-chine mag-ne-sium mag-net mag-nets Mea-sure mea-sures
men-tal met-al Min-er-al mois-ture mul-ti-ple nar-row op-er-a-tion Op-er-at-ing out-wards pace-mak-er pack-ag-ing
per-fo-ra-tion Per-fo-rat-ed per-ma-nent per-ma-nent-ly per-sons phys-i-cal plas-tic por-ta-fil-ter Por-ta-fil-ter
pre-pares pres-sure pri-vate pro-tec-tive pro-tect-ed qual-i-fied re-con-nect re-duced re-lief re-main re-mains
re-placed re-quired re-sis-tance re-stau-rants re-store rev-o-lu-tions Ris-tret-to Ro-ta-ry roast-ed run-ning
sen-so-ry sen-sor sep-a-rate-ly show-er sil-i-cone slid-ing smoth-ered So-le-noid sock-et soft-en-er stain-less
su-per-vised sub-stances suf-fo-ca-tion sur-face sur-plus sur-round-ing tech-ni-cian Tem-per-a-ture tem-per-a-ture
thun-der-storms tur-bine un-suit-able vi-bra-to-ry wa-ter war-ran-ty with-out work-shop work-top
"""

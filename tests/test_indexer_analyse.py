"""Terms: the same at build and at query time, in every script."""

import json
import math
import re
import time
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import pytest
import Stemmer
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.analyse import ANALYSER_VERSION, MAX_TERM_CHARS, query_terms, terms
from indexer.function_words import ENGLISH, FOREIGN, OWN_SCRIPT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dogs' running, dog's run", ["the", "dog", "run", "dog", "run"]),
        ("C++ and C# and F#, c", ["c++", "and", "c#", "and", "f#", "c"]),
        (".NET and node.js", ["net", "and", "node", "js"]),
        ("Python 3.11 costs 1,000", ["python", "3.11", "cost", "1000"]),
        ("don't don’t donʼt", ["dont", "dont", "dont"]),
        ("l'homme d’Alembert dell'acqua o'clock", ["homm", "alembert", "acqua", "oclock"]),
        ("snake_case CamelCase", ["snake", "case", "camelcas"]),
        ("well-known well‑known", ["well", "known", "well", "known"]),
        ("IL6, IL-6", ["il6", "il", "6", "il", "6"]),
        ("H1N1", ["h1n1", "h", "1", "n", "1"]),
        ("H₂O m²", ["h2o", "h", "2", "o", "m2", "m", "2"]),
        ("10² 1½ 10⁻⁹", ["10", "2", "1", "1", "2", "10", "9"]),
        ("a1b2c3d4", ["a1b2c3d4"]),
        ("1,3-dimethylxanthine", ["13", "dimethylxanthin"]),
        # Latin letters: accents, ligatures, letters of one language.
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("ﬁre ＦＵＬＬ", ["fire", "full"]),
        ("œuvre oeuvre Æsop", ["oeuvr", "oeuvr", "aesop"]),
        ("Straße STRASSE", ["strass", "strass"]),
        ("Łódź Malmö Tromsø þing", ["lodz", "malmo", "tromso", "thing"]),
        ("İstanbul ISTANBUL ısı", ["istanbul", "istanbul", "isi"]),
        ("Việt Nam viet nam", ["viet", "nam", "viet", "nam"]),
        # Cyrillic, Greek.
        ("ёлка елка ЁЛКИ", ["елк", "елк", "елк"]),
        ("п’ять п'ять пʼять", ["пят", "пят", "пят"]),
        ("замо́к замок", ["замок", "замок"]),
        ("край краи", ["кра", "кра"]),  # the stemmer's doing; the letter itself is kept:
        ("йод иод їжа їжа", ["йод", "иод", "їжа", "їжа"]),
        ("ΟΔΥΣΣΕΎΣ Οδυσσεύς", ["οδυσσε", "οδυσσε"]),
        # Arabic and Persian, Hebrew.
        ("كِتَاب كتاب كـــتاب", ["كتاب", "كتاب", "كتاب"]),
        ("أحمد احمد آحمد", ["احمد", "احمد", "احمد"]),
        ("مستشفى مستشفي", ["مستشف", "مستشف"]),
        ("ایران ايران کتاب", ["ايران", "ايران", "كتاب"]),
        ("١٢٫٥ ۱۹۹۰ १२", ["12.5", "1990", "12"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        # Indian scripts.
        ("क़ानून कानून हिन्दी", ["कानून", "कानून", "हिन्द"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        # Chinese: words and their characters, traditional as simplified.
        ("水的温度。", ["水", "的", "温度", "温", "度"]),
        ("北京大學", ["北京大学", "北", "京", "大", "学"]),
        ("水", ["水"]),
        ("，。！《》", []),
        # Japanese: dictionary forms, no particles, no endings.
        ("本を読みました", ["本", "読む", "読"]),
        ("東京都に住んでいる", ["东京", "东", "京", "都", "住む", "住", "居る", "居"]),
        ("人々の", ["人々", "人"]),
        ("ﾃﾞｰﾀ データ", ["データ", "データ"]),
        ("ジョン・スミス", ["ジョン", "スミス"]),
        ("GPUで計算", ["gpu", "计算", "计", "算"]),
        # Korean: stems, no particles, no endings.
        ("서울에서는", ["서울"]),
        ("했다 하다", ["하", "하"]),
        ("한국은행이", ["한국은행", "한국", "국은", "은행"]),
        ("BERT는 이", ["bert"]),
        # Scripts of syllables.
        ("มากับ", ["มา", "ากั", "กับ"]),
        ("မြန်မာ။", ["မြန်", "န်မာ"]),
        ("កម្ពុជា", ["កម្ពុ", "ម្ពុជា"]),
        ("", []),
        ("!?… \t\n", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the boiling point of water?", ["boil", "point", "water"]),
        ("WHO guidelines", ["who", "guidelin"]),
        ("who guidelines", ["guidelin"]),
        ("to be or not to be", ["to", "be", "or", "not", "to", "be"]),
        ("WHAT IS WATER", ["water"]),
        ("I don’t know C++", ["know", "c++"]),
        ("A C# compiler", ["c#", "compil"]),
        ("Wie ist das Wetter", ["wetter"]),
        ("die casting", ["die", "cast"]),
        ("Qu'est-ce que l’effet de serre ?", ["effet", "serr"]),
        ("¿Cuál es la capital?", ["capit"]),
        ("что такое ёлка", ["так", "елк"]),
        ("ما هي الجاذبية؟", ["جاذب"]),
        ("什么是机器学习？", ["机器", "机", "器", "学习", "学", "习"]),
        ("機械とは何ですか", ["机械", "机", "械"]),
        ("서울은 어디에 있나요?", ["서울"]),
        ("什么", ["什么", "什", "么"]),
        ("", []),
    ],
)
def test_query_terms(text: str, expected: list[str]) -> None:
    assert query_terms(text) == expected


# Question and passage in one language; in each language the passages are about other things.
QUESTIONS = [
    ("ar", "كيف تعمل اللقاحات؟", "بعد أخذ اللّقاح يتعرف الجهاز المناعي على المستضد ويكوّن أجساما مضادة."),
    ("ar", "متى فتحت القسطنطينية", "فتح السلطان محمد الفاتح مدينة القسطنطينية عام ١٤٥٣ للميلاد."),
    ("de", "Größte Städte am Fluß", "Köln ist die größte Stadt am Rhein, der Fluss teilt sie in zwei."),
    ("de", "Ursachen von Erdbeben", "Ein Erdbeben entsteht, wenn sich Platten verschieben."),
    ("el", "αιτίες των σεισμών", "Ο σεισμός προκαλείται από την κίνηση των πλακών."),
    ("el", "ΑΡΧΑΙΑ ΕΛΛΗΝΙΚΑ ΘΕΑΤΡΑ", "Το αρχαίο θέατρο της Επιδαύρου χτίστηκε τον τέταρτο αιώνα."),
    ("en", "How do vaccines work?", "A vaccine teaches the immune system to make antibodies."),
    ("es", "causas de los terremotos", "El terremoto tiene como causa el movimiento de placas."),
    ("fa", "کتاب‌های تاریخی ایران", "كتابهاي تاريخي بسیاری درباره ایران نوشته شده است."),
    ("fr", "Qu'est-ce que l'œuvre de Hugo ?", "L'oeuvre immense de Victor Hugo comprend des romans."),
    ("fr", "DROITS DES ELEVES", "Le droit de chaque élève à l’éducation est garanti par la loi."),
    ("he", "חידוש השפה העברית", "אליעזר בן יהודה פעל לחידוש הדיבור בשפה העִבְרִית."),
    ("hi", "क़ानून की किताबें", "इस किताब में भारत के कानून समझाए गए हैं।"),
    ("ja", "睡眠不足は記憶に影響するか", "眠りが足りないと、学んだことを海馬から移す働きが弱まり、記憶しにくくなる。"),
    ("ja", "味噌はどのように作られるか", "味噌は、蒸した大豆に麹と塩を混ぜて桶に仕込み、数か月発酵させて作る。"),
    ("ko", "김치는 어떻게 담그나요", "김치는 절인 배추에 고춧가루, 마늘로 만든 양념을 넣고 발효시켜 만든다."),
    ("ko", "서울의 인구는 얼마나 됩니까", "서울에는 약 구백사십만 명이 살고 있으며 인구 밀도가 매우 높다."),
    ("pl", "LODZ i jej fabryki", "Łódź była miastem fabryk włókienniczych."),
    ("ru", "глубочайшие озёра мира", "Байкал считается самым глубоким озером на земле."),
    ("ru", "Почему антибиотики не лечат?", "Антибиотик действует только на бактерии, вирус он не лечит."),
    ("th", "เมืองหลวงของประเทศไทย", "กรุงเทพมหานครเป็นเมืองหลวงและเมืองที่ใหญ่ที่สุดของไทย"),
    ("tr", "ISPARTA güllerinin tarihi", "Isparta ilinde gül yetiştiriciliğinin tarihi eskidir."),
    ("uk", "чому птахи відлітають восени", "Птах відлітає на південь, бо восени стає мало їжі."),
    ("vi", "nguyen nhan dong dat", "Động đất xảy ra do các mảng vỏ trái đất dịch chuyển."),
    ("zh", "大熊猫吃什么？", "大熊猫虽属食肉目，却几乎完全以竹子为食。"),
    ("zh", "發展中國家的糧食安全", "许多发展中国家依赖进口粮食，气候灾害和价格波动使贫困人口面临饥饿。"),
    ("zh", "研究生考试什么时候报名", "全国硕士研究生招生考试通常在十月份网上报名。"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_a_question_finds_its_passage_first(number: int) -> None:
    passages = [Counter(terms(passage)) for _, _, passage in QUESTIONS]
    mean = sum(map(Counter.total, passages)) / len(passages)

    def bm25(asked: list[str], passage: Counter[str]) -> float:
        held = [sum(term in each for each in passages) for term in asked]
        norm = 0.9 * (0.6 + 0.4 * passage.total() / mean)
        return sum(
            math.log1p((len(passages) - df + 0.5) / (df + 0.5)) * passage[term] / (passage[term] + norm)
            for term, df in zip(asked, held, strict=True)
        )  # fmt: skip

    scores = [bm25(query_terms(QUESTIONS[number][1]), passage) for passage in passages]
    assert scores[number] == max(scores) > 0
    assert scores.count(max(scores)) == 1


def test_plain_english_is_cut_as_ever() -> None:
    # The oracle is what the first version did, in its few lines.
    stemmer = Stemmer.Stemmer("english")
    token = re.compile(r"[cC]\+\+|[cCfF]#|\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)?")
    parts = re.compile(r"\d+|[^\W\d]+")

    def first(text: str) -> list[str]:
        words = []
        for word in token.findall(text.casefold()):
            if not word.isalnum():
                stem, _, suffix = word.partition("'")
                words.append((stem if suffix == "s" else stem + suffix).replace(",", "")[:64])
                continue
            words.append(word[:64])
            found = parts.findall(word)
            words += [part[:64] for part in found] if 1 < len(found) <= 6 else []
        return list(stemmer.stemWords(words))

    folder = files("aclsum") / "dataset" / "paper_jsons"
    papers = sorted((path for path in folder.iterdir()), key=lambda path: path.name)[:30]
    texts = [
        str(paragraph["text"])
        for path in papers
        for paragraph in json.loads(path.read_text(encoding="utf-8"))["pdf_parse"]["body_text"]
    ]
    plain = [text for text in texts if text.isascii()]
    assert len(plain) > 1_000
    changed = [text for text in plain if terms(text) != first(text)]
    # "d'autum" in a name of a corpus: French articles are taken off now.
    assert all(re.search(r"\b[cdjlmnst]'[aeiouh]", text.casefold()) for text in changed)
    assert len(changed) <= 3


def test_a_word_that_is_too_long_is_cut_and_still_matches_itself() -> None:
    blob = "a1" * 10_000
    assert terms(blob) == query_terms(blob) == [blob[:MAX_TERM_CHARS]]


_TEXTS = st.text() | st.text("水零本がのんデー한국은행를กำမြ្កй ́їАаΣσé'C+#1²½ ٫١ًिा़", max_size=30)


@given(_TEXTS)
@example("İstanbul")
@example("ΐ ŉ ß ﬃ Å")
@example("C++")
@example("what1")
@example("das ist l'eau")
def test_queries_and_passages_meet(text: str) -> None:
    # Whatever stands in a passage is found by asking for it in the same words.
    asked = query_terms(text)
    assert set(asked) <= set(terms(text))
    # Function words, and the characters they are written with, are all that a query may lose.
    lost = {term for term in terms(text) if term not in asked}
    listed = {
        term
        for word in ENGLISH.union(OWN_SCRIPT, *FOREIGN)
        for term in [word, *word, *terms(word), *terms(f"l'{word}")]
    }
    assert lost <= listed


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("is de novo assembly of data in an unassembled genome possible", ["de", "novo"]),
        ("does the La protein bind to RNA in vivo, and de novo", ["la", "de", "novo"]),
        ("non coding RNA in men and on the Lo Jack system", ["non", "men", "lo"]),
    ],
)
def test_an_english_question_keeps_words_that_are_foreign_ones(
    question: str, kept: list[str]
) -> None:
    found = query_terms(question)
    assert [term for term in kept if term not in found] == []


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Wie funktioniert die Photosynthese in den Blättern?", ["wie", "die", "in", "den"]),
        ("¿Qué es la fotosíntesis y cómo funciona en las plantas?", ["es", "la", "y", "en"]),
        ("Comment est-ce que la photosynthèse fonctionne dans les feuilles", ["la", "les", "que"]),
    ],
)
def test_a_foreign_question_leaves_its_function_words(question: str, left: list[str]) -> None:
    found = query_terms(question)
    assert [term for term in left if term in found] == []


@given(_TEXTS)
@example("a" * 100 + "1")
@example("アイフォーン" * 100)
def test_terms_are_storable(text: str) -> None:
    for term in terms(text):
        assert term
        assert len(term) <= MAX_TERM_CHARS
        assert not any(character.isspace() for character in term)
        assert term.encode()


@given(_TEXTS)
@example("й и\u0306 и\u0301\u0306")
@example("\u0958 क\u093c")
def test_spelling_variants_of_unicode_do_not_matter(text: str) -> None:
    nfc, nfd = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert terms(nfd) == terms(nfc)
    assert query_terms(nfd) == query_terms(nfc)


@given(st.text("abcxyzéüñőßæклмнийёαβγσ 019.,'"))
def test_case_does_not_matter_to_passages(text: str) -> None:
    assert terms(text.upper()) == terms(text.upper().lower())


@given(st.text("abc XYZ019ア。ガ漢", max_size=30))
def test_width_does_not_matter(text: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert terms(wide) == terms(text)


def test_lone_surrogates_and_control_characters_do_no_harm() -> None:
    assert terms("a\ud800b \x00c") == ["a", "b", "c"]
    assert terms("水\udfff水 한\x00국") == ["水", "水", "한", "국"]


def test_threads_agree() -> None:
    text = "running quickly nationalities 東京都で研究する 한국은행에서 中国的大学 ёлки " * 20
    with ThreadPoolExecutor(4) as pool:
        assert all(result == terms(text) for result in pool.map(terms, [text] * 40))


@pytest.mark.parametrize(
    "part",
    [
        *["水", "中华人民共和国", "あ", "アー", "々", "가", "한국은행", "ㅋ", "ก", "กำ", "េ្ក", "é", "e\u0301\u0323"],
        *["\u0730\u0731", "\u0301", "A1", "aGVsbG8", "'a", "1,", "и\u0306", "ـ", "١", "\ud800", " ", "हि"],
    ],
)  # fmt: skip
def test_a_megabyte_of_anything_takes_linear_time(part: str) -> None:
    text = part * (1_000_000 // len(part))
    before = time.process_time()
    found = terms(text)
    assert time.process_time() - before < 20
    assert all(len(term) <= MAX_TERM_CHARS for term in found)
    assert len(found) <= 2.1 * len(text)


def test_the_version_names_what_terms_depend_on() -> None:
    for library in ("jieba", "sudachi", "mecab", "opencc"):
        assert library in ANALYSER_VERSION

"""Words that a question leaves out: they say how it is asked, not what about.

Passages keep them. English function words always leave; those of another language that shares
English's letters only where two of them stand in the question, and more than English ones, because "die", "war" or
"des" may be anything. In scripts of their own there is no such doubt.
"""

from indexer.fold import fold

MIN_FOREIGN = 2

ENGLISH = frozenset(
    """
    a about above after again against all also although am an and any are aren't as at be because
    been before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each either et etc ever every few for from further had hadn't
    has hasn't have haven't having he her here hers herself him himself his how however i if in
    into is isn't it it's its itself just let's may me might more most much must my myself neither
    no nor not of off on once only or other ought our ours ourselves out over own per please
    same shall she should shouldn't so some such tell than that the their theirs them themselves
    then there these they this those though through thus to too under until up upon us very via
    was wasn't we were weren't what when where whether which while who whom whose why will with
    within without won't would wouldn't yet you your yours yourself yourselves
    """.split()
)

_OTHERS = {
    "de": """der die das den dem des ein eine einen einem einer eines und oder aber ist sind war
    waren wird werden wurde wurden hat haben hatte kann können man es sie er wir ihr ich du sich
    nicht auch nur noch wie was wer wo wann warum wieso weshalb wozu welche welcher welches welchem
    welchen wieviel von vom zu zum zur mit auf für in im ins an am aus bei beim nach vor über unter
    durch gegen ohne um bis seit als wenn dass ob so""",
    "fr": """le la les l un une des du de d et ou mais est sont était a ont avait peut être ce cette
    ces cet il elle ils elles on nous vous je tu se ne pas que qui quoi quel quelle quels quelles
    comment pourquoi quand où combien en dans sur sous par pour avec sans entre vers chez aux au
    plus moins y leur leurs son sa ses est-ce qu c s n""",
    "es": """el la los las un una unos unas de del y o pero es son era fue está están ha han hay
    puede ser se no que qué quién quiénes cuál cuáles cómo cuándo dónde cuánto cuánta cuántos
    cuántas en a al por para con sin entre sobre hasta desde su sus lo le les este esta estos estas
    más menos porqué""",
    "it": """il lo la i gli le un uno una di del dello della dei degli delle e o ma è sono era ha
    hanno può essere si non che chi cosa quale quali come quando dove perché quanto quanta quanti
    quante in nel nella nei nelle a al alla ai alle da dal dalla per con su sul sulla tra fra""",
    "pt": """o a os as um uma uns umas de do da dos das e ou mas é são era foi está há pode ser se
    não que quem qual quais como quando onde porque quanto quantos quantas em no na nos nas ao à por
    pelo pela para com sem entre sobre""",
    "nl": """de het een en of maar is zijn was waren wordt worden heeft hebben kan men niet ook wie
    wat waar wanneer waarom hoe welke welk hoeveel van in op aan met voor door bij naar uit over
    onder tegen zonder om tot als dat die deze dit""",
    "sv": """en ett den det de och eller men är var blir har hade kan inte också vem vad var när
    varför hur vilken vilket vilka av i på till med för från om vid efter under över utan mellan som
    att sig""",
    "pl": """i w na z do o od za po u przez dla bez przy pod nad jest są był była było być się nie
    to ten ta te co kto jak gdzie kiedy dlaczego czemu który która które jaki jaka jakie ile czy że
    lub albo a""",
    "tr": """ve veya ile bir bu şu o da de mi mı mu mü ne neden niçin niye nasıl kim hangi nerede
    nereye zaman kaç için gibi kadar daha en çok değil olan olarak""",
    "vi": """và hoặc là của có không được cho với các những một này đó thì mà ở tại trong trên từ
    đến để gì nào sao ai đâu như thế bao nhiêu khi làm tại bị""",
    "id": """yang dan atau di ke dari untuk dengan pada adalah ini itu tidak apa siapa mana kapan
    mengapa bagaimana berapa kenapa oleh sebagai dalam akan bisa dapat""",
}

_OWN_SCRIPT = """
    и в во на с со к ко по о об от до за из у для при не ни но а или же ли бы что чем как где когда
    почему зачем какой какая какие какое каких каким кто кого чего сколько это этот эта эти тот то
    его её их он она они мы вы я быть был была были есть так если из-за между над под про через
    і й та що як де коли чому хто який яка які яке чи це цей ця ці не для від про скільки є бути
    на я сe защо кога къде кой коя кои какво
    في من إلى الى على عن مع ما ماذا لماذا كيف متى أين من كم هل أي أية هو هي هم هذا هذه ذلك تلك التي
    الذي الذين كان كانت يكون تكون أن إن لا لم لن قد و أو ثم بين عند حتى كل بعض غير
    در از به با که را و یا این آن است هست بود شد شود می چه چرا چگونه چطور کجا کی چند کدام برای تا بر
    هم نیز آیا
    کا کی کے کو سے میں پر نے اور یا ہے ہیں تھا کیا کیوں کیسے کب کہاں کون کتنا کتنی
    ο η το οι τα του της των τον την τους τις και ή ή αλλά είναι ήταν θα να δεν μη σε στο στη στην
    στον στα στις στους από με για που πως πώς πού πότε γιατί ποιος ποια ποιο ποιοι ποιες πόσο πόση
    πόσα τι ένα ένας μια αν ως
    של את על אל עם מן או גם לא כן כי אם הוא היא הם הן זה זאת זו אלה מה מי איך מתי איפה היכן למה
    מדוע כמה איזה איזו אילו האם יש אין היה היתה כמו בין כל
    का की के को से में पर ने और या है हैं था थी थे हो होता होती होते क्या क्यों कैसे कब कहाँ कहां कौन
    कितना कितनी कितने किस किसे यह वह ये वे इस उस एक नहीं भी तो कि जो लिए करता करती करते
    的 了 是 在 吗 呢 吧 啊 和 与 及 或 有 什么 怎么 怎样 怎么样 如何 为什么 为何 哪 哪些 哪里 哪个 哪一 谁 多少
    多大 多长 多久 几 什么时候 何时 这 那 这个 那个 这些 它 他 她 我 你 们 可以 能 会 要 请 请问 被 把 对 从 到
    等 之 其 而 也 都 就 还 又 很 于 以 为 为る 是否 有没有 呀 时候 中 里
    何 何故 どう 如何 どの どれ どんな どちら 何处 何时 谁 幾 几 幾つ この その あの 此れ 其れ 此の 其の 为る する 居る 有る
    成る 出来る よう 様 事 物 教える 言う 下さる 為る 或る ある いる なる できる こと もの いつ どこ だれ なに なぜ
    무엇 무슨 어떻 어떻게 어떤 어느 어디 언제 누구 누가 왜 얼마 얼마나 몇 하 되 있 없 이 그 저 것 수 알리 알려주
"""

OWN_SCRIPT = frozenset(fold(word).casefold() for word in _OWN_SCRIPT.split())
"""Of languages in other scripts, folded; of those that a segmenter cuts, as it gives them."""

FOREIGN = tuple(
    frozenset(fold(word).casefold() for word in words.split()) for words in _OTHERS.values()
)
"""Of languages in Latin letters, folded, one set a language."""

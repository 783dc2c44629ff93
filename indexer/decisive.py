"""Words that decide what a sentence says, and words that hardly matter, in a few languages.

Two texts that differ in a decisive word (a negation, a quantity, a unit, a month, a direction, a
colour, who may and who must) say different things, however alike they are otherwise. The lists are
not complete and need not be: what is in none of them may be replaced by its synonyms alone. Words
that mean something harmless in another language stay: taking one for decisive costs a missed twin,
the other way round would hide evidence.
"""

DECISIVE = frozenset(
    """
    no not none non nor neither never nobody nothing nowhere without hardly scarcely barely rarely
    seldom lack lacks lacking fail fails failed unless except excluding only or if but although
    despite whether until till before after since during below above under over within beyond
    inside outside between against off out up down left right north south east west
    northern southern eastern western upper lower front back top bottom first last next previous
    more less most least fewer few many much all some any each every both either half double twice
    triple maximum minimum max min average total several enough too almost nearly exactly about
    approximately always often sometimes usually may might must shall should can could will would
    ought need required optional mandatory voluntary forbidden prohibited permitted allowed
    increase increases increased increasing decrease decreases decreased decreasing rise rises rose
    rising risen fall falls fell falling fallen drop drops dropped gain gains gained lose loses lost
    loss losses grow grows grew growth decline declines declined shrink shrank raise raised reduce
    reduces reduced reduction improve improves improved improvement worsen worsens worsened better
    worse best worst higher lower high low highest lowest larger smaller large small bigger long
    short longer shorter fast slow faster slower hot cold warm cool wet dry sunny cloudy rainy rain
    snow windy heavy light strong weak open opens opened opening close closes closed closing start
    starts started end ends ended begin begins began stop stops stopped enable enabled disable
    disabled allow deny denies denied accept accepts accepted reject rejects rejected approve
    approves approved refuse refused confirm confirmed cancel cancelled canceled postpone postponed
    include includes included including exclude excludes excluded win wins won positive negative
    true false valid invalid legal illegal safe unsafe dangerous guilty innocent alive dead male
    female man woman men women boy girl boys girls he she his her him husband wife mother father son
    daughter adult adults child children infant infants elderly old young new former public private
    present absent success failure pass passed support supports oppose opposes agree agrees disagree
    disagrees buy buys bought sell sells sold import imports export exports debit credit
    supply demand active inactive acute chronic benign malignant visible hidden internal external
    local global national daily weekly monthly yearly annual annually quarterly hourly morning
    afternoon evening night noon midnight today tomorrow yesterday am pm spring summer autumn winter
    red blue green yellow black white grey gray brown orange purple pink violet gold silver beige
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    hundreds thousand thousands million millions billion billions trillion dozen second third fourth
    fifth sixth seventh eighth ninth tenth quarter quarters once i ii iii iv v vi vii viii ix x xi
    xii xiii xiv xv xvi

    kein keine keinen keinem keiner keines nicht nichts nie niemals niemand ohne weder nur oder wenn
    falls ob bis vor nach unter über mehr weniger alle jeder jede jedes einige viele wenige muss
    müssen darf dürfen kann können soll sollen sollte muß wird werden mindestens höchstens etwa
    steigt stieg steigen gestiegen sinkt sank sinken gesunken erhöht erhöhen gesenkt senken hoch
    niedrig höher niedriger besser schlechter groß klein größer kleiner links rechts oben unten
    innen außen nord süd ost west offen geschlossen erlaubt verboten rot blau grün gelb schwarz weiß
    mann frau männer frauen kinder erwachsene jung alt neu zwei drei vier fünf sechs sieben acht
    neun zehn elf zwölf zwanzig dreißig hundert tausend million millionen milliarde milliarden erste
    ersten zweite zweiten dritte dritten halb doppelt täglich wöchentlich monatlich jährlich heute
    morgen gestern

    ne pas jamais rien aucun aucune sans ni sauf seulement ou si avant après sous sur plus moins
    tous toutes tout chaque quelques plusieurs peu beaucoup doit doivent peut peuvent sera augmenté
    augmente augmenter hausse baisse diminué diminue diminuer haut bas meilleur pire grand petit
    gauche droite nord sud est ouest ouvert fermé permis interdit rouge bleu vert jaune noir blanc
    homme femme hommes femmes enfants adultes jeune vieux nouveau deux trois quatre cinq six sept
    huit neuf dix onze douze vingt trente cent cents mille million millions milliard milliards
    premier première deuxième troisième demi hier demain

    no nunca jamás nada nadie ningún ninguna ninguno sin ni salvo solo sólo o si antes después bajo
    sobre más menos todos todas todo cada algunos algunas varios pocos muchos debe deben puede
    pueden será aumenta aumentó aumentar aumento disminuye disminuyó disminuir alto bajo mejor peor
    grande pequeño izquierda derecha norte sur este oeste abierto cerrado permitido prohibido rojo
    azul verde amarillo negro blanco hombre mujer hombres mujeres niños adultos joven viejo nuevo
    dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cien mil millón
    millones primero primera segundo segunda tercero tercera medio ayer hoy mañana

    non mai niente nulla nessun nessuno nessuna senza né solo soltanto prima dopo sotto sopra più
    meno tutti tutte ogni alcuni molti pochi deve devono può possono aumenta aumentato diminuisce
    diminuito alto basso migliore peggiore grande piccolo sinistra destra nord sud aperto chiuso
    rosso blu verde giallo nero bianco uomo donna uomini donne bambini adulti due tre quattro cinque
    sei sette otto nove dieci undici dodici venti trenta cento mille milione milioni miliardo
    miliardi primo secondo terzo ieri oggi domani

    não nunca nada ninguém nenhum nenhuma sem nem só apenas ou se antes depois sob mais menos todos
    cada alguns muitos poucos deve devem pode podem aumentou diminuiu melhor pior pequeno esquerda
    direita sul leste aberto fechado vermelho preto branco homem mulher homens mulheres crianças
    dois duas três quatro cinco sete oito nove dez vinte trinta cem milhão milhões bilhão bilhões

    niet geen nooit niets niemand zonder noch alleen slechts voor na onder meer minder alle elke
    sommige veel weinig moet moeten mag mogen kan kunnen zal zullen twee drie vier vijf zes zeven
    acht negen tien hoger lager stijgt daalt
    inte ej aldrig ingen inget inga utan bara endast eller om före efter mer mindre alla varje
    får måste kan ska två tre fyra fem sex sju åtta nio tio ökar minskar ikke aldri ingenting kun
    nie nigdy nic nikt żaden bez tylko lub jeśli przed po więcej mniej wszystkie każdy musi może dwa
    trzy cztery pięć sześć siedem osiem dziewięć dziesięć nem soha nincs ei eivät en ilman
    değil yok hiç

    не нет ни никогда ничего никто нельзя без только или если до после под над более менее больше
    меньше все каждый некоторые должен должны может могут можно вырос выросла выросли упал упала
    упали увеличился снизился увеличить снизить высокий низкий выше ниже лучше хуже север юг восток
    запад один два две три четыре пять шесть семь восемь девять десять сто тысяча тысяч миллион
    миллионов миллиард миллиардов первый второй третий вчера сегодня завтра

    لا لم لن ليس ليست غير بدون دون إلا فقط أو قبل بعد أكثر أقل כל לא אין בלי רק או לפני אחרי
    नहीं न मत बिना केवल या पहले बाद अधिक कम

    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday
    sunday mon tue tues wed thu thurs fri sat sun januar februar märz mai juni juli oktober dezember
    montag dienstag mittwoch donnerstag freitag samstag sonntag janvier février mars avril juin
    juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi
    dimanche enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
    diciembre lunes martes miércoles jueves viernes sábado domingo gennaio febbraio aprile maggio
    giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho julho setembro
    outubro novembro dezembro января февраля марта апреля мая июня июля августа сентября октября
    ноября декабря

    mg kg µg μg mcg ng ml dl cl µl μl mm cm km nm µm μm ft yd ms hr hrs wk yr sec secs seconds minute minutes hour hours day days week weeks month months year years
    decade decades century hz khz mhz ghz kw mw gw kwh mwh kv mv kj kcal kpa hpa bar psi mol mmol iu ppm ppb db kb mb gb tb bit bits byte bytes usd eur gbp jpy cny chf
    dollar dollars euro euros pound pounds yen yuan rupee rupees cent cents percent percentage
    percentile points degree degrees celsius fahrenheit kelvin mile miles metre metres meter meters
    kilometre kilometres kilometer kilometers centimetre centimetres centimeter centimeters gram
    grams kilogram kilograms milligram milligrams microgram micrograms tonne tonnes ton tons litre
    litres liter liters millilitre millilitres milliliter milliliters gallon gallons ounce ounces
    lb lbs oz inch inches foot feet yard yards acre acres hectare hectares watt watts kilowatt
    kilowatts megawatt megawatts volt volts tag tage woche wochen monat monate jahr jahre stunde
    stunden minuten prozent jour jours semaine semaines mois ans année années heure heures día
    días semana semanas mes meses año años hora horas giorno giorni settimana mese mesi anno anni
    процент процентов день дней неделя месяц месяцев год года лет час часов
    """.casefold().split()
)
"""Casefolded."""

FREE = frozenset(
    """
    a an the that which this these those its also thus therefore hence however moreover
    furthermore nevertheless nonetheless additionally indeed then so very quite
    der das dem den des ein eine einer eines einem einen dass auch zudem jedoch daher
    le la les une des du que qui aussi donc ainsi el los las una también por
    il lo gli che anche os as um uma het een dat ook och det att
    """.split()
)
"""Words that come and go without changing what is said. None may be a word that decides, or one
that means something in another of these languages, such as German's "die"."""

DECISIVE_CHARACTERS = frozenset(
    "不没沒无無未非别別勿莫零一二三四五六七八九十百千万萬亿億两兩半多少上下左右前后後东東西南北大小高低增减減升降"
    "男女老幼新旧舊年月日时時分秒元円圆圓只仅僅或若将可应應须須必否"
    "ない無未ไม่มิได้"
)
"""The same in scripts without spaces, character by character."""

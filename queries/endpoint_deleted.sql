-- title: Endpoints, configurations and models deleted
-- group: Endpoints
-- question: Who deleted endpoints, their configurations or models?
-- param: name resource optional - part of the name
-- limit: 200
-- since: 7d
-- example: endpoint-deleted since=7d
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-candidate | call=DeleteModel | result=done
-- expect: actor=diego-ramirez | resource=churn-try | call=DeleteModel | result=done
-- expect: actor=diego-ramirez | resource=churn-try-2 | call=DeleteEndpointConfig | result=done
-- expect: actor=diego-ramirez | resource=churn-try | call=DeleteEndpointConfig | result=done
-- expect: actor=diego-ramirez | resource=churn-try | call=DeleteEndpoint | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource, result
FROM events
WHERE service = 'sagemaker' AND eventname IN ('DeleteEndpoint', 'DeleteEndpointConfig', 'DeleteModel')
    AND (:name = '' OR strpos(mentions, lower(:name)) > 0)
ORDER BY eventtime DESC
